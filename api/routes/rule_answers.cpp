#include "api/routes/rule_answers.hpp"

#include "api/routes/write_answer.hpp"
#include "domain/automation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace throughline {

namespace {

Json shown_run(const std::map<Uuid, LastRun>& runs, const Uuid& rule) {
    const auto run = runs.find(rule);
    if (run == runs.end()) return {};
    return JsonObject{{"at", to_rfc3339(run->second.at)}, {"status", run->second.status}};
}

/// A rule's record as the lists show it, without its last run.
JsonObject shown_rule(std::string_view record) {
    Json rule = parse_json(record);
    if (Json* const conditions = rule.object()->find("conditions"))
        *conditions = written_conditions(*conditions);
    if (Json* const trigger = rule.object()->find("trigger"))
        *trigger = written_trigger(std::move(*trigger));
    return std::move(*rule.object());
}

/// The fields of the record; one at least, so that they are not all.
std::vector<std::string> of_record(std::vector<std::string> fields) {
    const bool is_all = fields.empty();
    std::erase(fields, "last_run");
    if (!is_all && fields.empty()) fields = {"id"};
    return fields;
}

} // namespace

const Kind& rule_kind() {
    static const Kind kind = automation_kind();
    return kind;
}

Json as_it_is(const JsonObject& rule) { return rule; }

Result<StreamHead> RuleAnswers::find(const Request& request) const {
    const std::array key{StreamKey{rule_kind().name, request.path_id()}};
    StreamHead head = store.heads(request.principal->tenant_id, key).front();
    if (head.version == 0 || head.archived) return no_such(rule_kind().name);
    return head;
}

JsonObject RuleAnswers::one(const Request& request, const StreamHead& head) const {
    return std::move(all(request, {{head.stream.id, head.version, head.state}}, {}).front());
}

std::vector<JsonObject> RuleAnswers::all(const Request& request, const std::vector<ListItem>& items,
                                         const std::vector<std::string>& fields) const {
    Names names(store, registry, *request.principal);
    std::vector<Uuid> ids;
    for (const ListItem& item : items) {
        names.add(rule_kind(), item.state);
        ids.push_back(item.id);
    }
    const NameOf name_of = names.fetch();
    const bool has_runs = fields.empty() || std::ranges::find(fields, "last_run") != fields.end();
    std::map<Uuid, LastRun> last;
    if (has_runs && !ids.empty()) last = runs.of(request.principal->tenant_id, ids);
    std::vector<JsonObject> shown;
    for (const ListItem& item : items) {
        shown.push_back(shown_rule(record_json(rule_kind(), item.id, item.version, item.state,
                                               name_of, of_record(fields))));
        if (has_runs) shown.back().append("last_run", shown_run(last, item.id));
    }
    return shown;
}

Result<Response> RuleAnswers::command(const Request& request, const RecordAnswers::Act& act,
                                      const Show& show) const {
    const auto begin = [&](CommandContext context) {
        context.caller = Caller::system();
        return act(context);
    };
    const auto answer = [on = *this, &request, show](const Written& done) -> Result<Response> {
        if (done.status == 204) return with_position(no_content(), done);
        const StreamHead head{{rule_kind().name, done.id},
                              done.record.version,
                              state_text(rule_kind(), done.record),
                              {},
                              false};
        Response response = json_response(done.status, to_text(show(on.one(request, head))));
        if (done.status == 201)
            response.with("Location", fmt::format("/api/automations/{}", to_string(done.id)));
        response.with("ETag", fmt::format("\"{}\"", done.record.version));
        return with_position(std::move(response), done);
    };
    return RecordAnswers{registry, store, keys}.command(request, begin, answer);
}

} // namespace throughline
