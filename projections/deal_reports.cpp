#include "projections/deal_reports.hpp"

#include "bus/pg_text.hpp"
#include "domain/deal.hpp"
#include "projections/list_columns.hpp"
#include "projections/list_scope.hpp"
#include "projections/past_list.hpp"
#include "projections/visibility.hpp"

#include <pqxx/pqxx>

#include <algorithm>
#include <optional>

namespace throughline {

namespace {

constexpr int piece = 10'000;

/// A change of a deal's stage, in the order of the log.
struct Step {
    Uuid deal;
    std::int64_t position;
    std::string what;  // created, deleted, merged_into or another word of a change
    std::string stage; // that it has from then on; empty where it has none
    Time at;
};

/// Whether the process went on with it: what a merge takes, or a deal that comes back, has been
/// there before.
bool goes_on(const Step& step) {
    return step.what != "restored" && step.what != "merged" && step.what != "unmerged";
}

/// Folds the steps, all of one deal and then those of the next, into a flow.
class FlowFold {
  public:
    FlowFold(Time from, Time to, const std::vector<std::string>& order)
        : from_(from), to_(to), order_(order) {}

    void add(const Step& step) {
        if (step.deal != deal_) finish();
        deal_ = step.deal;
        if (step.at >= to_) return;
        const bool counts = step.at >= from_;
        if (counts && step.what == "created") ++flow_.created;
        if (step.stage == stage_ && stage_) return;
        if (stage_) leave(step, counts);
        stage_ = step.stage.empty() ? std::nullopt : std::optional(step.stage);
        since_ = step.at;
        if (stage_ && counts) enter(*stage_, step);
    }

    DealFlow result() && {
        finish();
        for (auto& [name, stage] : flow_.stages) std::ranges::sort(stage.seconds);
        return std::move(flow_);
    }

  private:
    void enter(const std::string& stage, const Step& step) {
        ++flow_.stages[stage].entered;
        if (!goes_on(step)) return;
        if (stage == won_stage) ++flow_.won;
        if (stage == lost_stage) ++flow_.lost;
    }

    void leave(const Step& step, bool counts) {
        if (!counts || step.stage.empty() || !goes_on(step)) return;
        DealFlow::Stage& left = flow_.stages[*stage_];
        ++left.left;
        left.seconds.push_back(std::chrono::duration<double>(step.at - since_).count());
        if (step.stage != lost_stage && place(step.stage) > place(*stage_)) ++left.advanced;
        ++flow_.transitions[{*stage_, step.stage}];
    }

    void finish() {
        if (stage_) ++flow_.stages[*stage_].present;
        stage_.reset();
    }

    [[nodiscard]] std::ptrdiff_t place(const std::string& stage) const {
        const auto found = std::ranges::find(order_, stage);
        return found == order_.end() ? -1 : found - order_.begin();
    }

    const Time from_;
    const Time to_;
    const std::vector<std::string>& order_;
    DealFlow flow_;
    Uuid deal_;
    std::optional<std::string> stage_;
    Time since_{};
};

Step step_of(const pqxx::row& row) {
    Step step{uuid_of(text_of(row[0])), row[1].as<std::int64_t>(), row[2].as<std::string>(),
              row[3].is_null() ? std::string() : row[3].as<std::string>(), time_of(row[4])};
    step.what = step.what.substr(step.what.rfind('.') + 1);
    if (step.what == "deleted") step.stage.clear();
    return step;
}

} // namespace

std::vector<PipelineRow> DealReports::summary(const Uuid& tenant, const Caller& caller,
                                              const ListRequest& request) {
    SqlParameters parameters;
    const std::string where = list_scope(tenant, caller, kind_, request, parameters);
    std::vector<PipelineRow> rows;
    read_list(app_, tenant, kind_, request.as_of, [&](auto& transaction, const std::string& list) {
        rows.clear();
        for (const pqxx::row& row : transaction.exec_params(
                 "select coalesce(stage, ''), upper(coalesce(currency, '')), count(*),"
                 " coalesce(sum(value), 0)::text from " +
                     list + " where " + where + " group by stage, currency order by 1, 2",
                 pqxx::prepare::make_dynamic_params(parameters.values())))
            rows.push_back({row[0].as<std::string>(), row[1].as<std::string>(),
                            row[2].as<std::int64_t>(), row[3].as<std::string>()});
    });
    return rows;
}

DealFlow DealReports::flow(const Uuid& tenant, const Caller& caller, Time from, Time to,
                           const std::vector<std::string>& order) {
    SqlParameters parameters;
    std::string sql =
        "select a.entity_id, a.position, e.type,"
        " coalesce(e.data #>> '{after,stage}', e.data ->> 'stage'),"
        " (extract(epoch from e.ce_time) * 1000000)::bigint"
        " from audit a join events e on e.position = a.position where a.tenant_id = " +
        parameters.add(to_string(tenant)) +
        "::uuid and a.entity_type = 'deal' and (a.action in"
        " ('CREATE', 'STAGE_CHANGE', 'WON', 'LOST', 'DELETE', 'RESTORE')"
        " or a.action in ('MERGE', 'UNMERGE')"
        " and (e.type = 'deal.merged_into' or e.data #> '{after,stage}' is not null))";
    if (const std::string hidden = hidden_streams(caller, registry_, parameters); !hidden.empty())
        sql += " and not exists (select from streams where streams.kind = 'deal' and streams.id ="
               " a.entity_id and streams.tenant_id = a.tenant_id and " +
               hidden + ")";
    const std::string first = parameters.add("");
    const std::string second = parameters.add("");
    sql += " and (a.entity_id, a.position) > (" + first + "::uuid, " + second +
           "::bigint) order by a.entity_id, a.position limit " + std::to_string(piece);
    FlowFold fold(from, to, order);
    std::vector<std::string> values = parameters.values();
    values[values.size() - 2] = to_string(Uuid{});
    values.back() = "0";
    for (bool is_more = true; is_more;) {
        std::vector<Step> steps;
        app_.read(tenant, [&](pqxx::transaction_base& transaction) {
            steps.clear();
            for (const pqxx::row& row :
                 transaction.exec_params(sql, pqxx::prepare::make_dynamic_params(values)))
                steps.push_back(step_of(row));
        });
        for (const Step& step : steps) fold.add(step);
        is_more = steps.size() == piece;
        if (!is_more) break;
        values[values.size() - 2] = to_string(steps.back().deal);
        values.back() = std::to_string(steps.back().position);
    }
    return std::move(fold).result();
}

} // namespace throughline
