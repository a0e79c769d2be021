#include "api/routes/automation_starts.hpp"

#include "api/routes/parameters.hpp"
#include "api/routes/rows.hpp"
#include "api/routes/rule_scopes.hpp"
#include "api/routes/write_answer.hpp"
#include "bus/ids.hpp"
#include "domain/record/ownership.hpp"
#include "domain/schema_words.hpp"
#include "handlers/automation/actions/outbound.hpp"
#include "handlers/automation/run_queue.hpp"

#include <algorithm>
#include <array>

namespace throughline {

namespace {

Rejection wrong(const std::string& pointer, const char* code, const char* detail) {
    return invalid({{pointer, code, detail}});
}

/// The body, whose members are all known.
Result<Json> body_of(const Request& request, std::initializer_list<std::string_view> members) {
    Json body = request.json ? *request.json : Json(JsonObject{});
    for (const auto& [name, value] : *body.object())
        if (std::ranges::find(members, name) == members.end()) {
            std::string pointer = "/";
            append_pointer_token(pointer, name);
            return wrong(pointer, "unknown_field", "There is no such field.");
        }
    return body;
}

/// One end of a span of the past, which must be there.
Result<Time> end_in(const Request& request, const Json& body, const std::string& name, bool is_to) {
    const auto moment = read_body_moment(request, body, name, is_to);
    if (!moment) return moment.error();
    if (!*moment) return wrong("/" + name, "required", "A time or a day is needed.");
    return **moment;
}

bool is_mapping(const Json& mapping) {
    return mapping.object() != nullptr &&
           std::ranges::all_of(*mapping.object(), [](const JsonMember& member) {
               return member.value.string() != nullptr;
           });
}

struct Handlers {
    AutomationStartRoutes with;

    [[nodiscard]] static bool is_enabled(const StreamHead& rule) {
        const Json state = parse_json(rule.state);
        const Json* const enabled = state.find("enabled");
        return enabled != nullptr && *enabled == Json(true);
    }

    /// The record that a manual run is about, if the body names one.
    [[nodiscard]] Result<std::optional<StreamKey>> record_in(const Request& request,
                                                             const Json& body) const {
        if (body.find("entity_type") == nullptr && body.find("entity_id") == nullptr)
            return std::optional<StreamKey>{};
        const Kind* const kind = with.answers.registry.find(body.text("entity_type"));
        if (kind == nullptr)
            return wrong("/entity_type", "invalid_choice", "There is no such kind of record.");
        const auto id = parse_uuid(body.text("entity_id"));
        if (!id) return wrong("/entity_id", "invalid_format", "A record's id is expected.");
        const std::array key{StreamKey{kind->name, *id}};
        const Principal& caller = *request.principal;
        const StreamHead head = with.answers.store.heads(caller.tenant_id, key).front();
        if (head.version == 0 || head.archived ||
            !sees(caller.caller(), with.answers.registry, kind->name, head.state))
            return wrong("/entity_id", "unknown_reference", "There is no such record.");
        return std::optional(key.front());
    }

    [[nodiscard]] Result<Response> run(const Request& request) const {
        const auto body = body_of(request, {"entity_type", "entity_id", "payload"});
        if (!body) return body.error();
        const Json* const payload = body->find("payload");
        if (payload != nullptr && payload->object() == nullptr)
            return wrong("/payload", "invalid_type", "An object is expected.");
        const RecordAnswers answers{with.answers.registry, with.answers.store, with.answers.keys};
        return answers.command(
            request,
            [&](const CommandContext& context) -> Result<PendingWrite> {
                std::optional<StreamKey> record;
                if (!is_known(context)) {
                    const auto found = startable(request, *body);
                    if (!found) return found.error();
                    record = *found;
                }
                return with.triggers.manual(context, request.path_id(), record,
                                            payload == nullptr ? JsonObject{} : *payload->object());
            },
            [store = &with.answers.store, id = request.path_id()](const Written& done) {
                return started(*store, id, done);
            });
    }

    /// A request that is repeated under its key is answered as it was, however things stand now.
    [[nodiscard]] bool is_known(const CommandContext& context) const {
        if (context.request_hash.empty()) return false;
        const std::array command{context.command_id};
        return with.answers.store.outcomes(context.tenant, command).front().has_value();
    }

    /// What the run is about, if anything; why the rule cannot be run.
    [[nodiscard]] Result<std::optional<StreamKey>> startable(const Request& request,
                                                             const Json& body) const {
        const auto rule = with.answers.find(request);
        if (!rule) return rule.error();
        if (!is_enabled(*rule))
            return Rejection{Refusal::conflict, "The rule is disabled, so it cannot be run."};
        return record_in(request, body);
    }

    [[nodiscard]] static Result<Response> started(EventStore& store, const Uuid& rule,
                                                  const Written& done) {
        const Uuid event = store.log(done.position - 1, 1, {}).events.front().id;
        return with_position(
            json_response(202, to_text(JsonObject{{"event_id", to_string(event)},
                                                  {"run_id", to_string(run_id(event, rule))}})),
            done);
    }

    /// Again under its key it opens no other address.
    [[nodiscard]] Result<Response> open_hook(const Request& request) const {
        std::optional<Hooks::Opened> opened;
        return with.writes.once(
            request,
            [&](const CommandContext&) -> Result<JsonObject> {
                auto made = new_hook(request);
                if (!made) return made.error();
                opened = std::move(*made);
                return JsonObject{{"id", to_string(opened->id)}};
            },
            [&](const JsonObject& kept) -> Result<Response> {
                if (!opened)
                    opened = with.hooks.opened(request.principal->tenant_id, request.path_id(),
                                               uuid_of(*kept.find("id")->string()));
                if (!opened)
                    return Rejection{Refusal::conflict, "The rule has another address by now."};
                return json_response(
                    201, to_text(JsonObject{{"url", with.base_url + "/api/hooks/" + opened->token},
                                            {"secret", opened->secret}}));
            });
    }

    [[nodiscard]] Result<Hooks::Opened> new_hook(const Request& request) const {
        const auto rule = with.answers.find(request);
        if (!rule) return rule.error();
        const auto body = body_of(request, {"signed", "mapping"});
        if (!body) return body.error();
        const Json state = parse_json(rule->state);
        if (auto fault = fault_of_reach(*request.principal, with.answers.registry, *state.object()))
            return std::move(*fault);
        const Json* const trigger = state.find("trigger");
        if (trigger == nullptr || trigger->text("type") != "webhook")
            return Rejection{Refusal::conflict, "The rule does not wait for webhooks."};
        const Json* const is_signed = body->find("signed");
        const Json* const mapping = body->find("mapping");
        if (is_signed != nullptr && is_signed->boolean() == nullptr)
            return wrong("/signed", "invalid_type", "True or false is expected.");
        if (mapping != nullptr && !is_mapping(*mapping))
            return wrong("/mapping", "invalid_type", "An object of paths is expected.");
        return with.hooks.open(
            request.principal->tenant_id, rule->stream.id,
            is_signed != nullptr && *is_signed == Json(true),
            mapping == nullptr || mapping->object() == nullptr ? JsonObject{} : *mapping->object());
    }

    /// Made when it is first asked for, here or by an action.
    [[nodiscard]] Result<Response> signing_secret(const Request& request) const {
        const std::string secret = webhook_secret(with.secrets, request.principal->tenant_id);
        return json_response(200, to_text(JsonObject{{"secret", secret}}));
    }

    [[nodiscard]] Result<Response> receive(const Request& request) const {
        const std::string& token = request.path_parameter("token");
        const auto claim = with.answers.keys.claim(request, {}, token);
        if (!claim) return claim.error();
        HookRequest hook;
        hook.delivery.id = request.header("webhook-id");
        hook.delivery.command = claim->command_id();
        if (hook.delivery.id.empty()) hook.delivery.request_hash = claim->request_hash();
        hook.timestamp = request.header("webhook-timestamp");
        hook.signature = request.header("webhook-signature");
        hook.body = request.body;
        hook.payload = request.json ? *request.json : Json(JsonObject{});
        const auto done = with.hooks.receive(token, hook, now());
        if (!done) return done.error();
        Response response = json_response(202, to_text(JsonObject{{"id", to_string(done->id)}}));
        if (done->replayed) response.with("Idempotency-Replayed", "true");
        return response;
    }

    [[nodiscard]] Result<Response> order(const Request& request) const {
        return with.writes.once(
            request, [&](const CommandContext&) { return ordered(request); },
            [](const JsonObject& job) -> Result<Response> {
                const Json id = *job.find("id");
                Response response =
                    json_response(202, to_text(JsonObject{{"id", id}, {"status", "queued"}}));
                response.with("Location", "/api/automations/backtests/" + *id.string());
                return response;
            });
    }

    [[nodiscard]] Result<JsonObject> ordered(const Request& request) const {
        const auto rule = with.answers.find(request);
        if (!rule) return rule.error();
        const auto body = body_of(request, {"from", "to", "compare_version"});
        if (!body) return body.error();
        const auto from = end_in(request, *body, "from", false);
        if (!from) return from.error();
        const auto to = end_in(request, *body, "to", true);
        if (!to) return to.error();
        if (*to < *from) return wrong("/to", "invalid_choice", "It ends before it begins.");
        BacktestOrder order{
            request.principal->tenant_id, rule->stream.id, rule->version, {}, *from, *to};
        if (const Json* const other = body->find("compare_version")) {
            order.compare_version = other->as_integer();
            if (!order.compare_version || *order.compare_version < 1 ||
                *order.compare_version > rule->version)
                return wrong("/compare_version", "invalid_choice", "There is no such version.");
        }
        const auto id = with.backtests.order(order);
        if (!id) return id.error();
        with.on_ordered();
        return JsonObject{{"id", to_string(*id)}};
    }

    [[nodiscard]] Result<Response> backtest(const Request& request) const {
        const auto job = with.backtests.find(request.principal->tenant_id, request.path_id());
        if (!job) return no_such("backtest");
        return json_response(200, to_text(*job));
    }
};

} // namespace

Routes AutomationStartRoutes::rows() const {
    RowsOf<Handlers> rows(Handlers{*this}, "", "automations");
    Route& run = rows.add(
        "POST", "/automations/{id}/run", "Start a rule by hand", Permission::automations_run,
        {202, "Its event, and the run if the conditions hold.", "AutomationStarted"},
        &Handlers::run);
    run.body = {BodyRule::Form::optional_json, "AutomationStart", {}};
    run.refusals = {409};
    Route& open =
        rows.add("POST", "/automations/{id}/hook",
                 "An address at which the rule takes webhooks; the former one is no more",
                 Permission::automations_change,
                 {201, "The address, and what signs (standardwebhooks.com).", "AutomationHook"},
                 &Handlers::open_hook);
    open.body = {BodyRule::Form::optional_json, "AutomationHookOptions", {}};
    open.refusals = {409};
    rows.add("GET", "/automations/signing-secret", "What signs the webhooks that rules send",
             Permission::automations_change,
             {200, "As standardwebhooks.com writes it.", "AutomationSigningSecret"},
             &Handlers::signing_secret);
    Route& hook =
        rows.add("POST", "/hooks/{token}", "A webhook that starts a rule", Permission::open,
                 {202, "It is kept.", "HookReceived"}, &Handlers::receive);
    hook.body = {BodyRule::Form::any_json, "HookPayload", {"application/cloudevents+json"}};
    hook.id_parameters = {};
    hook.refusals = {401, 404, 409};
    Route& order = rows.add("POST", "/automations/{id}/backtest",
                            "What a rule would have done in the past: nothing is sent",
                            Permission::automations_run,
                            {202, "The job.", "AutomationBacktestOrdered"}, &Handlers::order);
    order.body = json_body("AutomationBacktestOrder");
    order.refusals = {409};
    rows.add("GET", "/automations/backtests/{id}", "How far a backtest is, and what it found",
             Permission::automations_read, {200, "The job.", "AutomationBacktest"},
             &Handlers::backtest);
    return std::move(rows).take();
}

JsonObject automation_start_components() {
    const Json id = formatted("uuid");
    const Json text = typed("string");
    const Json integer = typed("integer");
    const Json time = moment_schema();
    const Json objects = array_of(typed("object"));
    const Json status = JsonObject{{"type", "string"},
                                   {"enum", JsonArray{"queued", "running", "completed", "failed"}}};
    return {
        {"AutomationStart",
         closed(object_of({{"entity_type", text}, {"entity_id", id}, {"payload", typed("object")}},
                          {}))},
        {"AutomationStarted",
         closed(object_of({{"event_id", id}, {"run_id", id}}, {"event_id", "run_id"}))},
        {"AutomationHookOptions",
         closed(object_of(
             {{"signed", typed("boolean")},
              {"mapping", JsonObject{{"type", "object"},
                                     {"additionalProperties", text},
                                     {"description", "Names, and paths in the payload."}}}},
             {}))},
        {"AutomationHook", closed(object_of({{"url", text}, {"secret", text}}, {"url", "secret"}))},
        {"AutomationSigningSecret", closed(object_of({{"secret", text}}, {"secret"}))},
        {"HookPayload", JsonObject{{"description", "Whatever the sender sends."}}},
        {"HookReceived", closed(object_of({{"id", id}}, {"id"}))},
        {"AutomationBacktestOrder",
         closed(object_of({{"from", time}, {"to", time}, {"compare_version", integer}},
                          {"from", "to"}))},
        {"AutomationBacktestOrdered",
         closed(object_of({{"id", id}, {"status", status}}, {"id", "status"}))},
        {"AutomationBacktest",
         closed(object_of({{"id", id},
                           {"rule_id", id},
                           {"rule_version", integer},
                           {"status", status},
                           {"progress", typed("number")},
                           {"events", integer},
                           {"matched", integer},
                           {"fires", objects},
                           {"warnings", objects},
                           {"compared", object_of({{"only_old", objects}, {"only_new", objects}})}},
                          {"id", "status", "progress", "events", "matched", "fires"}))}};
}

} // namespace throughline
