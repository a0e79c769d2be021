#pragma once
#include "bus/database.hpp"
#include "domain/result.hpp"
#include "domain/time.hpp"
#include "projections/offset_page.hpp"
#include "projections/projection.hpp"

#include <optional>

namespace throughline {

/// The audit log: table `audit`, one row an event of a tenant with what is filtered by; before,
/// after and the rest come from the event itself.
class AuditProjection : public Projection {
  public:
    [[nodiscard]] std::string name() const override { return "audit"; }
    [[nodiscard]] std::vector<std::string> tables() const override { return {"audit"}; }
    void create_tables(pqxx::transaction_base& owner) override;
    void create_indexes(pqxx::transaction_base& owner) override;
    void apply(pqxx::transaction_base& transaction, std::span<const StoredEvent> events) override;
};

/// CREATE for contact.created, UPDATE, DELETE, RESTORE, STATUS_CHANGE, …: the event's last word in
/// its audit form.
[[nodiscard]] std::string audit_action(std::string_view event_type);

struct AuditFilter {
    std::string entity_type = {}; // singular; empty: all
    std::optional<Uuid> entity_id = {};
    std::string action = {};
    std::optional<Uuid> user_id = {};
    std::string channel = {};
    std::optional<Time> from = {}; // inclusive
    std::optional<Time> to = {};   // exclusive
};

/// Thread-safe; blocks on the database (role app). A broken cursor gives Refusal::malformed with
/// code invalid_cursor.
class Audit {
  public:
    explicit Audit(Database& app) : app_(app) {}
    /// Items as /audit-logs answers them; `user` is the person's present name.
    [[nodiscard]] Result<OffsetPage> page(const Uuid& tenant, const AuditFilter& filter,
                                          const OffsetRequest& request);

  private:
    Database& app_;
};

} // namespace throughline
