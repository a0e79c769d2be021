#pragma once
#include "handlers/commands.hpp"
#include "handlers/outbound/host_allowlist.hpp"

namespace throughline {

/// What a tenant sets about itself. Thread-safe; blocks on the database.
class Tenants {
  public:
    Tenants(EventStore& store, const RecordCommands& commands)
        : store_(store), commands_(commands) {}

    /// Every field of tenant_kind(), an unset one by its initial value.
    [[nodiscard]] Record settings(const Uuid& tenant) const;
    /// The hosts that its rules may reach.
    [[nodiscard]] HostAllowlist http_allowlist(const Uuid& tenant) const;
    /// A merge patch. A new slug is reserved and the old one released in the same command; one that
    /// another tenant has or has had is a conflict with code `taken`.
    [[nodiscard]] Result<Written> change(const CommandContext& context, const Json& patch) const;

  private:
    EventStore& store_;
    const RecordCommands& commands_;
};

} // namespace throughline
