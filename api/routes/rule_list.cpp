#include "api/routes/rule_list.hpp"

#include "api/routes/list_parameters.hpp"
#include "api/routes/rule_answers.hpp"
#include "domain/schema_words.hpp"
#include "domain/text.hpp"

#include <algorithm>
#include <array>

namespace throughline {

namespace {

constexpr std::array<std::string_view, 4> trigger_types = {"event", "cron", "webhook", "manual"};
constexpr std::string_view by_type = "filter[trigger.type]";
constexpr std::string_view by_event = "filter[trigger.event]";
constexpr std::string_view last_run = "last_run";

bool is_last_run(std::string_view part) { return trimmed(part) == last_run; }

/// The value of `fields` without last_run, and whether that was there. What is left asks for
/// something.
std::pair<std::string, bool> without_last_run(std::string_view fields) {
    std::string rest;
    bool had = false;
    while (true) {
        const auto comma = fields.find(',');
        const std::string_view part = fields.substr(0, comma);
        if (is_last_run(part))
            had = true;
        else
            rest += (rest.empty() ? "" : ",") + std::string(part);
        if (comma == std::string_view::npos) break;
        fields.remove_prefix(comma + 1);
    }
    if (had && rest.empty()) rest = "id";
    return {std::move(rest), had};
}

Parameter trigger_filter(std::string_view name, Json schema) {
    return {std::string(name), std::move(schema), "Only rules whose trigger has this."};
}

} // namespace

std::vector<Parameter> rule_list_parameters() {
    std::vector<Parameter> parameters = list_parameters(rule_kind());
    const Json text = typed("string");
    for (Parameter& parameter : parameters)
        if (parameter.name == "fields") parameter.schema = text;
    parameters.push_back(trigger_filter(
        by_type, JsonObject{{"type", "string"},
                            {"enum", JsonArray(trigger_types.begin(), trigger_types.end())}}));
    parameters.push_back(trigger_filter(by_event, text));
    return parameters;
}

Result<RuleListRequest> read_rule_list(const QueryParameters& query) {
    QueryParameters of_list;
    std::vector<Filter> by_trigger;
    bool wants_last_run = false;
    for (const auto& [name, value] : query) {
        if (name == by_type && std::ranges::find(trigger_types, value) == trigger_types.end())
            return invalid(
                {{name, "invalid_choice", "One of event, cron, webhook and manual.", true}});
        if (name == by_type || name == by_event) {
            by_trigger.push_back(trigger_has(name == by_type ? "type" : "event", value));
            continue;
        }
        of_list.emplace_back(name, value);
        if (name != "fields") continue;
        auto [rest, had] = without_last_run(value);
        of_list.back().second = std::move(rest);
        wants_last_run = had;
    }
    auto list = read_list_request(rule_kind(), of_list);
    if (!list) return list.error();
    list->filters.insert(list->filters.end(), by_trigger.begin(), by_trigger.end());
    std::vector<std::string> fields = list->fields;
    if (wants_last_run) fields.emplace_back(last_run);
    return RuleListRequest{std::move(*list), std::move(fields)};
}

/// A trigger is kept as JSON text, in which a quote within a text is escaped: a member is found by
/// the text that it makes.
Filter trigger_has(std::string_view member, std::string_view value) {
    const std::string text = to_text(JsonObject{{std::string(member), value}});
    return {"trigger", {}, FilterOp::contains, {case_folded(text.substr(1, text.size() - 2))}};
}

Filter trigger_is(const Json& trigger, FilterOp op) {
    return {"trigger", {}, op, {case_folded(to_text(trigger))}};
}

} // namespace throughline
