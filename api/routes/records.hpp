#pragma once
#include "api/router.hpp"
#include "api/session/idempotency.hpp"
#include "bus/head_reader.hpp"
#include "domain/record/view.hpp"
#include "handlers/commands.hpp"
#include "projections/audit.hpp"
#include "projections/lists.hpp"

#include <unordered_map>

namespace throughline {

/// What the routes of records are made of.
struct RecordRoutes {
    const Registry& registry;
    RecordCommands& commands;
    EventStore& store;
    Lists& lists;
    Audit& audit;
    IdempotencyKeys& keys;
    HeadReader& heads;

    /// The rows of every kind: list, create, read, update, delete, restore, history.
    [[nodiscard]] Routes rows() const;
};

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

  private:
    EventStore& store_;
    const Registry& registry_;
    const Principal& caller_;
    std::vector<StreamKey> wanted_;
    std::unordered_map<Uuid, std::string> titles_;
};

/// Names of component schemas: Contact, ContactCreate, ContactUpdate, ContactList.
[[nodiscard]] std::string component_name(const Kind& kind, std::string_view suffix = "");

} // namespace throughline
