#pragma once
#include "bus/database.hpp"
#include "domain/identity/caller.hpp"
#include "domain/record/kind.hpp"
#include "domain/time.hpp"
#include "projections/filter.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace throughline {

/// Deals of one stage, or of none where it is empty, and currency. Amounts are exact decimals.
struct PipelineRow {
    std::string stage;
    std::string currency;
    std::int64_t count = 0;
    std::string value;
};

/// What deals did in a span of time, by the log.
struct DealFlow {
    struct Stage {
        std::int64_t entered = 0;
        std::int64_t left = 0;
        std::int64_t advanced = 0;   // of those that left: to a later stage, or won
        std::int64_t present = 0;    // at the end of the span
        std::vector<double> seconds; // that those which left had stayed, ascending
    };
    std::int64_t created = 0;
    std::int64_t won = 0;
    std::int64_t lost = 0;
    std::map<std::string, Stage> stages;
    std::map<std::pair<std::string, std::string>, std::int64_t> transitions;
};

/// What is asked of all deals of a tenant that the caller sees. Thread-safe; blocks on the database
/// (role app).
class DealReports {
  public:
    DealReports(Database& app, const Registry& registry)
        : app_(app), registry_(registry), kind_(*registry.find("deal")) {}

    /// Sums of the deals that fit the request's filters and words, as of its position if it has
    /// one.
    [[nodiscard]] std::vector<PipelineRow> summary(const Uuid& tenant, const Caller& caller,
                                                   const ListRequest& request);
    /// Of [from, to). A merged deal is not present, and what a merge made of a stage is no step
    /// from one to the next. `order` has the stages from the first to the last: what is later in it
    /// is an advance, but for a loss. Reads every change of stage of the tenant, in pieces.
    [[nodiscard]] DealFlow flow(const Uuid& tenant, const Caller& caller, Time from, Time to,
                                const std::vector<std::string>& order);

  private:
    Database& app_;
    const Registry& registry_;
    const Kind& kind_;
};

} // namespace throughline
