#pragma once
#include "handlers/commands.hpp"
#include "handlers/erasure/house_places.hpp"
#include "handlers/erasure/person_places.hpp"

#include <filesystem>

namespace throughline {

/// One place where a person stands, and how often: events of a kind of record, faults, mails, what
/// rules left.
struct PersonPlace {
    std::string place; // "events", "faults", "mails", those of HousePlaces
    std::string kind;  // of events
    std::int64_t records = 0;
    std::int64_t count = 0;
};

struct Erased {
    std::int64_t events = 0; // whose data was blanked, or would be
    std::int64_t position = 0;
    std::vector<PersonPlace> places;
    bool replayed = false; // the idempotency key was known: what is left, most likely nothing
};

/// Erases a person: each of their records gets an event that says so (`contact.erased`), which
/// blanks head state and read models as any change does, then what else names them is blanked, and
/// the events before it last. Called again it goes on where it was cut off. Thread-safe; blocks.
class Erasure {
  public:
    Erasure(EventStore& store, const Registry& registry, PersonPlaces& places, HousePlaces& house,
            std::filesystem::path mail_folder)
        : store_(store), registry_(registry), places_(places), house_(house),
          mail_folder_(std::move(mail_folder)) {}

    /// For whom may erase anybody. A deleted record is erased too. 409 while an import is under
    /// way, 412 where If-Match takes other versions of the subject.
    [[nodiscard]] Result<Erased> erase(const CommandContext& context, const StreamKey& subject,
                                       bool dry_run);
    /// The person's records, their own first.
    [[nodiscard]] Result<std::vector<StreamHead>> records_of(const Uuid& tenant,
                                                             const StreamKey& subject);

  private:
    [[nodiscard]] std::vector<std::string> addresses_of(const Uuid& tenant,
                                                        const std::vector<StreamKey>& records);
    [[nodiscard]] Result<std::int64_t> append(const CommandContext& context,
                                              const std::vector<StreamKey>& records);
    [[nodiscard]] Result<void> remember(const CommandContext& context);
    [[nodiscard]] std::optional<StreamWrite> write_of(const Uuid& tenant, const StreamHead& head,
                                                      Time at) const;

    EventStore& store_;
    const Registry& registry_;
    PersonPlaces& places_;
    HousePlaces& house_;
    const std::filesystem::path mail_folder_;
};

} // namespace throughline
