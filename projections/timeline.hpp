#pragma once
#include "bus/database.hpp"
#include "domain/identity/caller.hpp"
#include "domain/record/kind.hpp"
#include "projections/offset_page.hpp"
#include "projections/projection.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace throughline {

/// The timeline: table `timeline`, one row for each record an event concerns: its own, and those it
/// links to, before or after (`via`); of a merged record once more for the survivor
/// (`merged_from`). Text is made from the event when it is read.
class TimelineProjection : public Projection {
  public:
    [[nodiscard]] std::string name() const override { return "timeline"; }
    [[nodiscard]] std::vector<std::string> tables() const override { return {"timeline"}; }
    void create_tables(pqxx::transaction_base& owner) override;
    void create_indexes(pqxx::transaction_base& owner) override;
    void apply(pqxx::transaction_base& transaction, std::span<const StoredEvent> events) override;
};

/// One line for people: "Created contact", "Status changed: New → Qualified", "Job position
/// changed: a → b", "Updated: phone, tags", "Merged contact Ada Lovelace". A reference shows its
/// name where `name_of` knows it.
[[nodiscard]] std::string
timeline_summary(const Registry& registry, const StoredEvent& event,
                 const std::function<std::string(const StreamKey&)>& name_of);

struct TimelineFilter {
    StreamKey entity;
    std::vector<std::string> types;         // meeting, audit, email, …; empty: all
    std::optional<Time> from;               // inclusive
    std::optional<Time> to;                 // exclusive
    std::optional<std::int64_t> as_of = {}; // no later event or merge than this position
};

/// Of a record that the caller sees: items of linked records that are hidden from them now are left
/// out. Labels are those of `kinds`, as the tenant has them. Thread-safe; blocks on the database
/// (role app).
class Timeline {
  public:
    explicit Timeline(Database& app) : app_(app) {}
    [[nodiscard]] Result<OffsetPage> page(const Uuid& tenant, const Registry& kinds,
                                          const Caller& caller, const TimelineFilter& filter,
                                          const OffsetRequest& request);

  private:
    Database& app_;
};

} // namespace throughline
