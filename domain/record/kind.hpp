#pragma once
#include "domain/record/field.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace throughline {

/// A kind of record: its names and its fields, in the order in which they are shown.
struct Kind {
    std::string name;   // "contact": streams, events, entity_type
    std::string plural; // "contacts": paths
    std::vector<Field> fields;

    /// By name, synonym excluded; nullptr when there is none.
    [[nodiscard]] const Field* field(std::string_view name) const;
    /// Every event type this kind can have: contact.created, .updated, .status_changed, .deleted, …
    [[nodiscard]] std::vector<std::string> event_types() const;
};

/// All kinds of one server. A plain value, passed by reference: a test may add a field to a copy.
class Registry {
  public:
    explicit Registry(std::vector<Kind> kinds) : kinds_(std::move(kinds)) {}
    [[nodiscard]] const std::vector<Kind>& kinds() const { return kinds_; }
    /// By singular or plural name; nullptr when there is none.
    [[nodiscard]] const Kind* find(std::string_view name) const;

  private:
    std::vector<Kind> kinds_;
};

/// The kinds of Throughline. A new one is a file beside contact.cpp and a line in registry.cpp.
[[nodiscard]] Registry standard_registry();

[[nodiscard]] Kind contact_kind();
[[nodiscard]] Kind organization_kind();

} // namespace throughline
