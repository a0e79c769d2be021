#pragma once
#include "handlers/commands.hpp"
#include "handlers/erasure/house_places.hpp"
#include "handlers/erasure/person_places.hpp"

#include <filesystem>

namespace throughline {

struct Erased {
    /// Of what was blanked, or would be: {"erased_events": in all, "places": where the person
    /// stands, [{"place", "kind" and "records" of events, "count"}]}. A place is "events" (of a
    /// kind of record), "faults", "mails" or one of HousePlaces.
    JsonObject report;
    std::int64_t position = 0;
    bool replayed = false; // the idempotency key was known, and nothing is done
};

/// Erases a person: each of their records gets an event that says so (`contact.erased`), and each
/// deal and organization that a conversion named after them (`deal.erased`), which blanks head
/// state and read models as any change does, then what else names them is blanked, and the events
/// before it last. Called again it goes on where it was cut off. Thread-safe; blocks.
class Erasure {
  public:
    Erasure(EventStore& store, const Registry& registry, PersonPlaces& places, HousePlaces& house,
            std::filesystem::path mail_folder)
        : store_(store), registry_(registry), places_(places), house_(house),
          mail_folder_(std::move(mail_folder)) {}

    /// For whom may erase anybody. A deleted record is erased too. 409 while an import is under
    /// way or references come back from a merge of theirs, 412 where If-Match takes other versions
    /// of the subject.
    [[nodiscard]] Result<Erased> erase(const CommandContext& context, const StreamKey& subject,
                                       bool dry_run);
    /// The person's records, their own first.
    [[nodiscard]] Result<std::vector<StreamHead>> records_of(const Uuid& tenant,
                                                             const StreamKey& subject);

  private:
    [[nodiscard]] Person person_of(const Uuid& tenant, std::vector<StreamKey> records);
    [[nodiscard]] Result<std::int64_t> append(const CommandContext& context, const Person& person);
    [[nodiscard]] JsonObject go_through(const Uuid& tenant, const Person& person, bool dry_run);
    [[nodiscard]] std::int64_t go_through_events(const Uuid& tenant, const Person& person,
                                                 const Kind& kind, const std::vector<Uuid>& ids,
                                                 bool dry_run);
    [[nodiscard]] std::optional<JsonObject> told_before(const CommandContext& context,
                                                        const StreamKey& subject);
    [[nodiscard]] std::optional<StreamWrite> write_of(const Uuid& tenant, const StreamHead& head,
                                                      const Person& person, Time at) const;

    EventStore& store_;
    const Registry& registry_;
    PersonPlaces& places_;
    HousePlaces& house_;
    const std::filesystem::path mail_folder_;
};

} // namespace throughline
