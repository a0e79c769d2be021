#pragma once
#include "handlers/commands.hpp"

namespace throughline {

/// Makes a contact, its organization and a deal of a lead, in one command over their streams, and
/// links the lead with them. Thread-safe; returns once the command is under way.
class LeadConversion {
  public:
    LeadConversion(EventStore& store, const RecordCommands& commands, const Registry& registry)
        : store_(store), commands_(commands), registry_(registry) {}

    /// `body` is that of POST /leads/{id}/convert: `deal` with fields of the new deal, null for
    /// none, left out for one that is called as the lead; `contact_id` and `organization_id` of
    /// records to link instead of new ones. Refused (conflict) where the lead is converted already.
    [[nodiscard]] Result<PendingWrite> convert(const CommandContext& context, const Uuid& lead,
                                               const Json& body) const;

  private:
    struct Plan;
    [[nodiscard]] Result<Plan> plan(const CommandContext& context, const Record& lead,
                                    const Json& body, Time at) const;
    [[nodiscard]] JsonObject links_that_stand(const CommandContext& context, const Record& lead,
                                              const Json& body) const;
    [[nodiscard]] std::optional<Rejection> add_contact(Plan& plan, const CommandContext& context,
                                                       const Record& lead, Time at) const;
    [[nodiscard]] std::optional<Rejection> add(Plan& plan, const CommandContext& context,
                                               const std::string& kind, const Json& fields,
                                               const JsonObject& taken, const std::string& pointer,
                                               Time at) const;
    [[nodiscard]] std::optional<Rejection>
    link_organization(Plan& plan, const CommandContext& context, const Record& lead, Time at) const;
    [[nodiscard]] std::optional<Rejection> link(Plan& plan, const CommandContext& context,
                                                const Json& body) const;

    EventStore& store_;
    const RecordCommands& commands_;
    const Registry& registry_;
};

} // namespace throughline
