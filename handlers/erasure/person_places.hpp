#pragma once
#include "bus/database.hpp"
#include "bus/event_store.hpp"
#include "domain/record/kind.hpp"
#include "handlers/erasure/person.hpp"

#include <string>
#include <vector>

namespace throughline {

/// Where the database has a person, and how that is blanked (role system). Thread-safe; every call
/// blocks.
class PersonPlaces {
  public:
    PersonPlaces(Database& system, const Registry& registry)
        : system_(system), registry_(registry) {}

    /// The person's own record, then the lead that became the contact (or the other way), whatever
    /// was merged with one of these and what a conversion made that was taken back, then records
    /// with personal fields that link to any of these: deleted ones too.
    [[nodiscard]] std::vector<StreamKey> records_of(const Uuid& tenant, const StreamKey& subject);

    /// Deals and organizations that a conversion of one of the persons made and named after them.
    [[nodiscard]] std::vector<NamedRecord> named_after(const Uuid& tenant,
                                                       const std::vector<StreamKey>& persons,
                                                       const std::vector<std::string>& names);
    /// What merges that were taken back had given of the persons to other records.
    [[nodiscard]] std::vector<PassedOn> passed_on(const Uuid& tenant,
                                                  const std::vector<StreamKey>& persons);
    /// In how many events of the other record that is.
    [[nodiscard]] std::int64_t count_passed_on(const Uuid& tenant, const PassedOn& passed);
    /// Blanks it there once the person's own record is said to be erased. In how many events.
    std::int64_t blank_passed_on(const Uuid& tenant, const PassedOn& passed);

    /// All records that refer to one of the persons, deleted ones too.
    [[nodiscard]] std::vector<StreamKey> referring_to(const Uuid& tenant,
                                                      const std::vector<StreamKey>& persons);

    /// What started rules and quotes the person; also where it was said to be erased and an event
    /// has not been blanked yet.
    [[nodiscard]] std::vector<StreamKey> triggers_quoting(const Uuid& tenant, const Quotes& quotes);

    /// How many events of the records still have something else than the blanks.
    [[nodiscard]] std::int64_t count_events(const Uuid& tenant, const Kind& kind,
                                            const std::vector<Uuid>& ids, const JsonObject& blanks);
    /// Blanks the events before the one that says that the record is erased. How many.
    std::int64_t blank_events(const Uuid& tenant, const Kind& kind, const std::vector<Uuid>& ids,
                              const JsonObject& blanks);

    /// Faults of imports that quote the person, and of consumers about the records.
    [[nodiscard]] std::int64_t count_faults(const Uuid& tenant, const Quotes& quotes,
                                            const std::vector<StreamKey>& records);
    std::int64_t blank_faults(const Uuid& tenant, const Quotes& quotes,
                              const std::vector<StreamKey>& records);
    /// An import that is not finished may bring the person in again.
    [[nodiscard]] bool has_unfinished_import(const Uuid& tenant);
    /// Whether what linked to one of the persons before a merge may still link to another: the
    /// merge was taken back, and ReferenceFollower is not that far.
    [[nodiscard]] bool awaits_references(const Uuid& tenant, const std::vector<StreamKey>& persons);

  private:
    [[nodiscard]] std::int64_t ask_passed_on(pqxx::transaction_base& transaction,
                                             const std::string& sql, const Uuid& tenant,
                                             const PassedOn& passed) const;

    Database& system_;
    const Registry& registry_;
};

} // namespace throughline
