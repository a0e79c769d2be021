#include "api/routes/deal_reports.hpp"

#include "api/routes/list_parameters.hpp"
#include "api/routes/parameters.hpp"
#include "api/routes/rows.hpp"
#include "domain/identity/tenant.hpp"
#include "domain/money.hpp"
#include "domain/record/change.hpp"
#include "domain/schema_words.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <set>

namespace throughline {

namespace {

constexpr auto default_span = std::chrono::days(90);

/// Sums of some deals.
struct Sums {
    std::int64_t count = 0;
    std::map<std::string, std::string> values; // by currency
    std::map<std::string, std::string> weighted;

    void add(const PipelineRow& row, int probability) {
        count += row.count;
        values[row.currency] = sum_of(values[row.currency], row.value);
        weighted[row.currency] = sum_of(weighted[row.currency], percent_of(row.value, probability));
    }
};

Json or_null(const std::string& text) { return text.empty() ? Json() : Json(text); }

/// Amounts of several currencies have no sum.
Json only(const std::map<std::string, std::string>& by_currency) {
    if (by_currency.empty()) return JsonNumber{"0"};
    return by_currency.size() == 1 ? Json(JsonNumber{by_currency.begin()->second}) : Json();
}

JsonObject shown(const Sums& sums) {
    JsonArray currencies;
    for (const auto& [currency, value] : sums.values)
        currencies.push_back(
            JsonObject{{"currency", or_null(currency)},
                       {"value", JsonNumber{value}},
                       {"weighted_value", JsonNumber{sums.weighted.at(currency)}}});
    return {{"count", sums.count},
            {"value", only(sums.values)},
            {"weighted_value", only(sums.weighted)},
            {"currencies", std::move(currencies)}};
}

/// A stage of the pipeline. Those that deals still have although it lacks them count as 0 percent,
/// and so does the empty one, of deals without a stage.
struct Stage {
    std::string key;
    std::string name;
    int probability = 0;
};

double median_of(const std::vector<double>& ascending) {
    const std::size_t middle = ascending.size() / 2;
    return ascending.size() % 2 == 1 ? ascending[middle]
                                     : (ascending[middle - 1] + ascending[middle]) / 2;
}

Json ratio(std::int64_t part, std::int64_t whole) {
    return whole == 0 ? Json() : Json(static_cast<double>(part) / static_cast<double>(whole));
}

JsonObject shown(const Stage& stage, const DealFlow::Stage& flow) {
    const auto count = static_cast<double>(flow.seconds.size());
    const double sum = std::accumulate(flow.seconds.begin(), flow.seconds.end(), 0.0);
    return {{"stage", stage.key},
            {"name", stage.name},
            {"entered", flow.entered},
            {"left", flow.left},
            {"present", flow.present},
            {"average_seconds", flow.seconds.empty() ? Json() : Json(sum / count)},
            {"median_seconds", flow.seconds.empty() ? Json() : Json(median_of(flow.seconds))},
            {"conversion_rate", ratio(flow.advanced, flow.left)}};
}

struct Handlers {
    DealReportRoutes with;

    /// The tenant's, of now or of then.
    [[nodiscard]] JsonObject settings(const Uuid& tenant, std::optional<std::int64_t> at) const {
        if (!at) return with.tenants.settings(tenant).fields;
        const Kind kind = tenant_kind();
        const std::array key{StreamKey{kind.name, tenant}};
        const StreamHead then = with.past.heads(tenant, key, *at).front();
        Record record;
        if (then.version != 0)
            record = record_from_state(kind, then.state, then.version, then.archived);
        return with_initial_values(kind, std::move(record.fields));
    }

    /// Of the pipeline in its order, then the `others` that it lacks.
    [[nodiscard]] std::vector<Stage> stages(const Uuid& tenant, const std::set<std::string>& others,
                                            std::optional<std::int64_t> at = {}) const {
        std::vector<Stage> all;
        const JsonObject fields = settings(tenant, at);
        for (const Json& stage : *fields.find("pipeline_stages")->array())
            all.push_back({stage.text("key"), stage.text("name"),
                           static_cast<int>(stage.integer("probability").value_or(0))});
        for (const std::string& key : others)
            if (std::ranges::find(all, key, &Stage::key) == all.end())
                all.push_back({key, key.empty() ? key : label_of(key), 0});
        return all;
    }

    [[nodiscard]] Result<Response> summary(const Request& request) const {
        const Uuid& tenant = request.principal->tenant_id;
        const auto kind = with.kinds.of(tenant, *with.registry.find("deal"));
        const auto at = with.moments.as_of(request);
        if (!at) return at.error();
        auto wanted = read_list_request(*kind, without_as_of(request.query));
        if (!wanted) return wanted.error();
        wanted->as_of = *at;
        const auto rows = with.reports.summary(tenant, request.principal->caller(), *wanted);
        std::set<std::string> used;
        for (const PipelineRow& row : rows) used.insert(row.stage);
        Sums total;
        JsonArray items;
        for (const Stage& stage : stages(tenant, used, *at)) {
            Sums sums;
            for (const PipelineRow& row : rows) {
                if (row.stage != stage.key) continue;
                sums.add(row, stage.probability);
                total.add(row, stage.probability);
            }
            JsonObject item{{"stage", or_null(stage.key)},
                            {"name", or_null(stage.name)},
                            {"probability", stage.probability}};
            for (auto& [name, value] : shown(sums)) item.append(name, std::move(value));
            items.push_back(std::move(item));
        }
        Response response = json_response(
            200, to_text(JsonObject{{"stages", std::move(items)}, {"total", shown(total)}}));
        return *at ? with_as_of(std::move(response), **at) : std::move(response);
    }

    [[nodiscard]] Result<Response> flow(const Request& request) const {
        const auto span = read_span(request, default_span);
        if (!span) return span.error();
        const Uuid& tenant = request.principal->tenant_id;
        std::vector<std::string> order;
        for (const Stage& stage : stages(tenant, {})) order.push_back(stage.key);
        DealFlow flow =
            with.reports.flow(tenant, request.principal->caller(), span->begin, span->end, order);
        std::set<std::string> used;
        for (const auto& [key, stage] : flow.stages) used.insert(key);
        JsonArray items;
        for (const Stage& stage : stages(tenant, used))
            items.push_back(shown(stage, flow.stages[stage.key]));
        JsonArray transitions;
        for (const auto& [stages, count] : flow.transitions)
            transitions.push_back(
                JsonObject{{"from", stages.first}, {"to", stages.second}, {"count", count}});
        return json_response(200,
                             to_text(JsonObject{{"from", to_rfc3339(span->begin)},
                                                {"to", to_rfc3339(span->end)},
                                                {"created", flow.created},
                                                {"won", flow.won},
                                                {"lost", flow.lost},
                                                {"win_rate", ratio(flow.won, flow.won + flow.lost)},
                                                {"stages", std::move(items)},
                                                {"transitions", std::move(transitions)}}));
    }
};

JsonObject sums_schema() {
    return {{"count", typed("integer")},
            {"value", JsonObject{{"type", JsonArray{"number", "null"}},
                                 {"description", "Null where the currencies differ."}}},
            {"weighted_value", nullable("number")},
            {"currencies", array_of(typed("object"))}};
}

} // namespace

Routes DealReportRoutes::rows() const {
    RowsOf<Handlers> rows(Handlers{*this}, "/deals", "deals");
    Route& summary =
        rows.add("GET", "/summary", "Count, value and weighted value per stage",
                 Permission::records_read, {200, "By stage.", "DealSummary"}, &Handlers::summary);
    summary.query = list_parameters(*registry.find("deal"));
    std::erase_if(summary.query, [](const Parameter& parameter) {
        return !parameter.name.starts_with("filter[") && parameter.name != "q";
    });
    summary.query.push_back(as_of_parameter());
    summary.projection = "list_deal";
    Route& flow =
        rows.add("GET", "/flow", "How long deals stay in a stage, and where they go",
                 Permission::records_read, {200, "By stage.", "DealFlow"}, &Handlers::flow);
    flow.query = {
        {"from", moment_schema(), "From this time or day on; 90 days before the end by default."},
        {"to", moment_schema(), "Before this time, or to the end of this day; now by default."}};
    flow.projection = "audit";
    return std::move(rows).take();
}

JsonObject deal_report_components() {
    JsonObject stage = sums_schema();
    stage.append("stage", JsonObject{{"type", JsonArray{"string", "null"}},
                                     {"description", "Null: of the deals without one."}});
    stage.append("name", nullable("string"));
    stage.append("probability", typed("integer"));
    JsonObject step{{"stage", typed("string")},
                    {"name", typed("string")},
                    {"entered", typed("integer")},
                    {"left", typed("integer")},
                    {"present", typed("integer")},
                    {"average_seconds", nullable("number")},
                    {"median_seconds", nullable("number")},
                    {"conversion_rate", nullable("number")}};
    return {{"DealSummary", object_of({{"stages", array_of(object_of(std::move(stage)))},
                                       {"total", object_of(sums_schema())}})},
            {"DealFlow",
             object_of({{"from", typed("string")},
                        {"to", typed("string")},
                        {"created", typed("integer")},
                        {"won", typed("integer")},
                        {"lost", typed("integer")},
                        {"win_rate", nullable("number")},
                        {"stages", array_of(object_of(std::move(step)))},
                        {"transitions", array_of(object_of({{"from", typed("string")},
                                                            {"to", typed("string")},
                                                            {"count", typed("integer")}}))}})}};
}

} // namespace throughline
