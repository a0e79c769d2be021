#pragma once
#include "api/http.hpp"
#include "api/session/idempotency.hpp"
#include "bus/event_store.hpp"
#include "domain/record/view.hpp"
#include "handlers/commands.hpp"
#include "projections/past.hpp"

#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

namespace throughline {

/// The names beside the ids of some records, from the head states: no lag. What is hidden from the
/// caller has none.
class Names {
  public:
    Names(EventStore& store, const Registry& registry, const Principal& caller)
        : store_(store), registry_(registry), caller_(caller) {}
    /// What a record refers to, by its state.
    void add(const Kind& kind, std::string_view state) { collect_references(kind, state, wanted_); }
    /// Fetches what was added; the caller's own name is known already.
    [[nodiscard]] NameOf fetch();
    /// The names of these records.
    [[nodiscard]] NameOf of(std::vector<StreamKey> records);
    /// The names that they had at a position of the log.
    [[nodiscard]] NameOf of_then(std::vector<StreamKey> records, Past& past, std::int64_t at);

  private:
    void make_distinct();
    [[nodiscard]] bool is_seen(const StreamHead& head) const;
    [[nodiscard]] NameOf found() const;

    EventStore& store_;
    const Registry& registry_;
    const Principal& caller_;
    std::vector<StreamKey> wanted_;
    std::unordered_map<Uuid, std::string> titles_;
};

/// How records are shown and written over HTTP, whatever their kind and the route.
struct RecordAnswers {
    const Registry& registry;
    EventStore& store;
    IdempotencyKeys& keys;

    using Act = std::function<Result<PendingWrite>(const CommandContext&)>;

    /// The record as the API answers it. `state` as state_text wrote it.
    [[nodiscard]] std::string one(const Request& request, const Kind& kind, const Uuid& id,
                                  std::int64_t version, const std::string& state) const;
    /// What was written, with Location, ETag and position.
    [[nodiscard]] Response written(const Request& request, const Kind& kind,
                                   const Written& done) const;
    /// Begins a command under the request's idempotency key; the answer is what was written.
    [[nodiscard]] Result<Response> command(const Request& request, const Kind& kind,
                                           const Act& act) const;
    /// The same with an answer of its own. `request` outlives the answer.
    [[nodiscard]] Result<Response>
    command(const Request& request, const Act& act,
            std::function<Result<Response>(const Written&)> answer) const;
};

/// Where a record is read.
[[nodiscard]] std::string path_of(const Kind& kind, const Uuid& id);

/// Names of component schemas: Contact, ContactCreate, ContactUpdate, ContactList.
[[nodiscard]] std::string component_name(const Kind& kind, std::string_view suffix = "");

} // namespace throughline
