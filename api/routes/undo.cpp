#include "api/routes/undo.hpp"

#include "domain/schema_words.hpp"

#include <algorithm>
#include <array>

namespace throughline {

namespace {

/// The body of POST /undo.
struct UndoBody {
    std::optional<std::int64_t> position;
    std::optional<Uuid> correlation;
    std::optional<Uuid> import;
    bool dry_run = false;
    bool skips_conflicts = false;
};

/// Reads the members one by one and keeps every fault found on the way.
class BodyReader {
  public:
    explicit BodyReader(const JsonObject& body) : body_(body) {}

    Result<UndoBody> read() {
        UndoBody read;
        read.position = position();
        read.correlation = id("correlation_id");
        read.import = id("import_id");
        if (const Json* const dry = given("dry_run")) read.dry_run = truth("dry_run", *dry);
        if (const Json* const how = given("on_conflict")) {
            read.skips_conflicts = *how == Json("skip");
            if (!read.skips_conflicts && *how != Json("refuse"))
                fault("on_conflict", "invalid_choice", "Takes refuse or skip.");
        }
        for (const JsonMember& member : body_)
            if (std::ranges::find(known_, member.name) == known_.end())
                fault(member.name, "unknown_field", "There is no such member.");
        if (targets_ == 0)
            fault("position", "required", "Name a position, correlation_id or import_id.");
        if (targets_ > 1)
            faults_.push_back(
                {"", "invalid_format", "Name one of position, correlation_id and import_id."});
        if (!faults_.empty()) return invalid(std::move(faults_));
        return read;
    }

  private:
    const Json* given(const char* name) {
        known_.emplace_back(name);
        return body_.find(name);
    }
    void fault(const std::string& name, std::string code, std::string detail) {
        std::string pointer = "/";
        append_pointer_token(pointer, name);
        faults_.push_back({std::move(pointer), std::move(code), std::move(detail)});
    }
    std::optional<std::int64_t> position() {
        const Json* const value = given("position");
        if (value == nullptr) return std::nullopt;
        ++targets_;
        const auto number = value->as_integer();
        if (!number || *number < 1)
            fault("position", value->number() == nullptr ? "invalid_type" : "invalid_format",
                  "A position is a whole number from 1.");
        return number;
    }
    std::optional<Uuid> id(const char* name) {
        const Json* const value = given(name);
        if (value == nullptr) return std::nullopt;
        ++targets_;
        const auto read = value->string() == nullptr ? std::nullopt : parse_uuid(*value->string());
        if (!read)
            fault(name, value->string() == nullptr ? "invalid_type" : "invalid_format",
                  "An id is expected.");
        return read;
    }
    bool truth(const char* name, const Json& value) {
        if (value.boolean() == nullptr) fault(name, "invalid_type", "It is true or false.");
        return value == Json(true);
    }

    const JsonObject& body_;
    std::vector<std::string> known_;
    std::vector<FieldError> faults_;
    int targets_ = 0;
};

JsonArray changes_json(const UndoReport& report) {
    JsonArray items;
    for (const UndoReport::Change& change : report.changes)
        items.emplace_back(JsonObject{{"kind", change.record.kind},
                                      {"id", to_string(change.record.id)},
                                      {"before", change.before},
                                      {"after", change.after}});
    return items;
}

JsonArray conflicts_json(const UndoReport& report) {
    JsonArray items;
    for (const auto& [record, conflict] : report.conflicts)
        items.emplace_back(JsonObject{{"kind", record.kind},
                                      {"id", to_string(record.id)},
                                      {"field", conflict.field},
                                      {"expected", conflict.expected},
                                      {"actual", conflict.actual},
                                      {"position", conflict.position}});
    return items;
}

JsonObject report_json(const UndoReport& report) {
    const Uuid& id = report.correlation_id;
    return {{"correlation_id", id.is_nil() ? Json() : Json(to_string(id))},
            {"changes", changes_json(report)},
            {"conflicts", conflicts_json(report)},
            {"applied", report.applied},
            {"truncated", report.truncated}};
}

Rejection in_conflict(const UndoReport& report) {
    return {Refusal::conflict,
            "What is to be undone was changed since: see `conflicts`; `on_conflict`: `skip` "
            "passes over them.",
            {},
            report_json(report)};
}

/// The correlation id of an import is its id.
Result<UndoTarget> target_of(ImportJobs& imports, const Uuid& tenant, const UndoBody& body) {
    const auto correlation = body.import ? body.import : body.correlation;
    if (!correlation) return UndoTarget{body.position, {}};
    const auto job = imports.find(tenant, *correlation);
    if (!job && body.import) return no_such("import");
    if (job && !job->is_finished())
        return Rejection{Refusal::conflict, "The import is still running."};
    return UndoTarget{{}, correlation};
}

Result<Response> take_back(const UndoRoutes& with, const Request& request) {
    const auto body = BodyReader(*request.json->object()).read();
    if (!body) return body.error();
    const auto target = target_of(with.imports, request.principal->tenant_id, *body);
    if (!target) return target.error();
    const auto claim = with.keys.claim(request);
    if (!claim) return claim.error();
    const auto context = command_context(request, *claim);
    if (!context) return context.error();
    const UndoRequest wanted{*target, body->dry_run, body->skips_conflicts};
    const auto of_merge = with.merges.run(*context, wanted);
    const auto report = of_merge ? *of_merge : with.undo.run(*context, wanted);
    if (!report) return report.error();
    if (report->is_refused) return in_conflict(*report);
    Response response = json_response(200, to_text(report_json(*report)));
    response.with("Throughline-Position", std::to_string(report->position));
    if (report->is_replayed) response.with("Idempotency-Replayed", "true");
    return response;
}

} // namespace

Routes UndoRoutes::rows() const {
    Route route;
    route.method = "POST";
    route.path = "/undo";
    route.summary = "Take a change back, or all that belongs together";
    route.tag = "events";
    route.permission = Permission::changes_undo;
    route.body = {BodyRule::Form::json, "UndoRequest", {}};
    route.answers = {{200, "What was changed, or with `dry_run` would be.", "UndoReport"}};
    route.refusals = {404};
    route.reads_at_position = true;
    route.handler = [with = *this](const Request& request) { return take_back(with, request); };
    return {std::move(route)};
}

JsonObject undo_components() {
    const Json position = JsonObject{{"type", "integer"}, {"minimum", 1}};
    const auto by = [](const char* name) {
        return Json(JsonObject{{"required", JsonArray{name}}});
    };
    const Json how = JsonObject{
        {"type", "string"}, {"enum", JsonArray{"refuse", "skip"}}, {"default", "refuse"}};
    const Json change = array_of(object_of_all({{"kind", typed("string")},
                                                {"id", formatted("uuid")},
                                                {"before", nullable("object")},
                                                {"after", nullable("object")}}));
    const Json conflict = array_of(object_of_all({{"kind", typed("string")},
                                                  {"id", formatted("uuid")},
                                                  {"field", typed("string")},
                                                  {"expected", JsonObject{}},
                                                  {"actual", JsonObject{}},
                                                  {"position", typed("integer")}}));
    return {
        {"UndoRequest",
         JsonObject{{"type", "object"},
                    {"description", "One of position, correlation_id and import_id."},
                    {"properties", JsonObject{{"position", position},
                                              {"correlation_id", formatted("uuid")},
                                              {"import_id", formatted("uuid")},
                                              {"dry_run", typed("boolean")},
                                              {"on_conflict", how}}},
                    {"oneOf", JsonArray{by("position"), by("correlation_id"), by("import_id")}},
                    {"additionalProperties", false}}},
        {"UndoReport",
         JsonObject{{"type", "object"},
                    {"description", "`applied` counts the records changed; `truncated` where more "
                                    "changes or conflicts are than are listed."},
                    {"properties", JsonObject{{"correlation_id", nullable("string")},
                                              {"changes", change},
                                              {"conflicts", conflict},
                                              {"applied", typed("integer")},
                                              {"truncated", typed("boolean")}}},
                    {"required", JsonArray{"correlation_id", "changes", "conflicts", "applied",
                                           "truncated"}}}}};
}

} // namespace throughline
