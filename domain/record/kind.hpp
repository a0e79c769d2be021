#pragma once
#include "domain/record/field.hpp"
#include "domain/result.hpp"
#include "domain/time.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace throughline {

struct Record;

/// A member of an event of a change, and the field that it has after it.
struct Told {
    std::string event; // "won"
    std::string member;
    std::string field;
};

/// A kind of record: its names and its fields, in the order in which they are shown.
struct Kind {
    std::string name;   // "contact": streams, events, entity_type
    std::string plural; // "contacts": paths
    std::vector<Field> fields;
    std::vector<std::string> titles = {"name"}; // what it is called by: the first that is set
    std::vector<Field> custom = {};             // the tenant's, under these keys of its metadata
    std::string also = {};                      // another name for it: "opportunity"
    std::string also_plural = {};               // in paths

    /// The rules that are more than fields. Completes the values of a write, or says why they may
    /// not be; `before` has version 0 where the record is new. None: every change may be.
    Result<JsonObject> (*settle)(const Kind& kind, const Record& before, JsonObject values,
                                 Time at) = nullptr;
    /// What events of a change say besides before and after: `deal.won` the value.
    std::vector<Told> told = {};
    /// The last words of all its event types, where they are not made from the fields: "created".
    std::vector<std::string> events = {};

    /// By name, synonym excluded; nullptr when there is none.
    [[nodiscard]] const Field* field(std::string_view name) const;
    /// Whether two of its records may be one thing in truth: those that have a name.
    [[nodiscard]] bool can_be_merged() const { return field("name") != nullptr; }
    /// Every event type this kind can have: contact.created, .updated, .status_changed, .deleted, …
    [[nodiscard]] std::vector<std::string> event_types() const;
};

/// All kinds of one server. A plain value, passed by reference: a test may add a field to a copy.
class Registry {
  public:
    explicit Registry(std::vector<Kind> kinds) : kinds_(std::move(kinds)) {}
    [[nodiscard]] const std::vector<Kind>& kinds() const { return kinds_; }
    /// By singular or plural name, also its other one; nullptr when there is none.
    [[nodiscard]] const Kind* find(std::string_view name) const;

  private:
    std::vector<Kind> kinds_;
};

/// The kinds of Throughline. A new one is a file beside contact.cpp, a declaration below, a line in
/// registry.cpp and one in CMakeLists.txt.
[[nodiscard]] Registry standard_registry();

[[nodiscard]] Kind contact_kind();
[[nodiscard]] Kind organization_kind();
[[nodiscard]] Kind lead_kind();
[[nodiscard]] Kind deal_kind();
[[nodiscard]] Kind project_kind();
[[nodiscard]] Kind task_kind();
[[nodiscard]] Kind activity_kind();
[[nodiscard]] Kind message_kind();
[[nodiscard]] Kind feedback_kind();

} // namespace throughline
