#pragma once
#include "handlers/commands.hpp"
#include "handlers/outbound/guarded_http.hpp"

namespace throughline {

/// The APIs that a tenant has described for its rules. Thread-safe; blocks on the database.
class OpenApiDocuments {
  public:
    OpenApiDocuments(EventStore& store, const RecordCommands& commands, const GuardedHttp& http)
        : store_(store), commands_(commands), http_(http) {}

    /// The operations of the document of this id or name; nothing where there is none.
    [[nodiscard]] std::optional<Json> operations(const Uuid& tenant,
                                                 const std::string& document) const;
    /// A document that is there; version 0 where it is not, or was deleted.
    [[nodiscard]] StreamHead find(const Uuid& tenant, const Uuid& id) const;
    /// Those there are with an id greater than `after`, the first `limit` in the order of ids,
    /// without their operations.
    [[nodiscard]] std::vector<StreamHead> list(const Uuid& tenant, const Uuid& after,
                                               std::size_t limit) const;

    /// Reads a body {"name", "document"} or {"name", "url"}, fetching what the URL shows where
    /// `allowed` has its host, and writes what is described. A name that another one has is a
    /// conflict.
    [[nodiscard]] Result<PendingWrite> add(const CommandContext& context, const Json& body,
                                           const HostAllowlist& allowed) const;
    [[nodiscard]] Result<PendingWrite> remove(const CommandContext& context, const Uuid& id) const;

  private:
    [[nodiscard]] Result<Json> fetched(const std::string& url, const HostAllowlist& allowed) const;

    EventStore& store_;
    const RecordCommands& commands_;
    const GuardedHttp& http_;
};

} // namespace throughline
