#include "api/routes/record_actions.hpp"

#include "api/routes/write_answer.hpp"
#include "domain/record/ownership.hpp"
#include "domain/record/schema.hpp"
#include "domain/schema_words.hpp"

#include <array>

namespace throughline {

namespace {

/// The fields of a new deal, which its own declaration checks.
std::optional<Json> normal_deal(const Json& written, const std::string& pointer,
                                std::vector<FieldError>& faults) {
    if (written.object() != nullptr) return written;
    faults.push_back({pointer, "invalid_type", "An object is expected, or null."});
    return std::nullopt;
}

const OwnRules& new_deal_rules() {
    static constexpr OwnRules rules{normal_deal, R"({"type": "object"})"};
    return rules;
}

/// One action: what its body may hold and what it does.
struct Action {
    std::string_view kind;
    std::string_view verb;
    std::string_view summary;
    Kind form; // of the body, declared as a record's fields are; without fields there is none
    Result<PendingWrite> (*act)(const RecordActionRoutes& with, const CommandContext& context,
                                const Uuid& id, const JsonObject& body);
};

Result<PendingWrite> set_status(const RecordActionRoutes& with, const CommandContext& context,
                                std::string_view kind, const Uuid& id, JsonObject body) {
    return with.commands.update(context, *with.answers.registry.find(kind), id, std::move(body));
}

Result<PendingWrite> move_to_stage(const RecordActionRoutes& with, const CommandContext& context,
                                   const Uuid& id, const JsonObject& body) {
    // Which stages there are is no business of who may not move the deal.
    const Kind& deal = *with.answers.registry.find("deal");
    const std::array command{context.command_id};
    const bool is_done = with.answers.store.outcomes(context.tenant, command).front().has_value();
    if (!is_done) // else it is told again, whatever became of the deal
        if (auto allowed = with.commands.allows_update(context, deal, id); !allowed)
            return allowed.error();
    return set_status(with, context, "deal", id, {{"stage", *body.find("stage")}});
}

/// A completed task goes back to where it is still to be done.
Result<PendingWrite> reopen_task(const RecordActionRoutes& with, const CommandContext& context,
                                 const Uuid& id, const JsonObject&) {
    const Kind& kind = *with.answers.registry.find("task");
    return with.commands.change(context, kind, id,
                                [&kind](const Record& task, Time at) -> Result<JsonObject> {
                                    const Json status = value_of(task.fields, "status");
                                    if (status != Json("completed") && status != Json("cancelled"))
                                        return Rejection{Refusal::conflict, "The task is open."};
                                    return kind.settle(kind, task, {{"status", "pending"}}, at);
                                });
}

const std::vector<Action>& actions() {
    using Body = const JsonObject&;
    using With = const RecordActionRoutes&;
    using Context = const CommandContext&;
    static const std::vector<Action> all{
        {"deal",
         "stage",
         "Move a deal to a stage",
         {"DealStage", "", {text("stage").required()}},
         move_to_stage},
        {"deal",
         "win",
         "A deal is won",
         {"DealWin", "", {money("value")}},
         [](With with, Context context, const Uuid& id, Body body) {
             return with.deals.win(context, id, value_of(body, "value"));
         }},
        {"deal",
         "lose",
         "A deal is lost",
         {"DealLose", "", {text("reason").at_most(1000).required()}},
         [](With with, Context context, const Uuid& id, Body body) {
             return with.deals.lose(context, id, *body.find("reason"));
         }},
        {"deal",
         "reopen",
         "Open a closed deal again, at its last stage",
         {"", "", {}},
         [](With with, Context context, const Uuid& id, Body) {
             return with.deals.reopen(context, id);
         }},
        {"task",
         "complete",
         "A task is done",
         {"", "", {}},
         [](With with, Context context, const Uuid& id, Body) {
             return set_status(with, context, "task", id, {{"status", "completed"}});
         }},
        {"task",
         "reopen",
         "A completed or cancelled task is to be done again",
         {"", "", {}},
         reopen_task},
        {"activity",
         "complete",
         "An activity took place",
         {"ActivityComplete", "", {long_text("outcome").at_most(2000)}},
         [](With with, Context context, const Uuid& id, Body body) {
             JsonObject change{{"status", "completed"}};
             if (const Json* const outcome = body.find("outcome"))
                 change.append("outcome", *outcome);
             return set_status(with, context, "activity", id, std::move(change));
         }},
    };
    return all;
}

const Kind& conversion_form() {
    static const Kind form{"LeadConvert",
                           "",
                           {own("deal", new_deal_rules()), reference("contact_id", "contact"),
                            reference("organization_id", "organization")}};
    return form;
}

bool is_required(const Kind& form) {
    for (const Field& field : form.fields)
        if (field.is_required) return true;
    return false;
}

BodyRule body_rule(const Kind& form) {
    BodyRule rule;
    if (form.fields.empty()) return rule;
    rule.form = is_required(form) ? BodyRule::Form::json : BodyRule::Form::optional_json;
    rule.schema = form.name;
    return rule;
}

/// The body's members, checked; of no body none.
Result<JsonObject> read_form(const Kind& form, const Request& request) {
    if (form.fields.empty() || !request.json) return JsonObject{};
    auto draft = check_create(form, *request.json);
    if (!draft) return draft.error();
    return std::move(draft->values);
}

Route action_route(const std::string& path, std::string_view summary, const Kind& kind,
                   const Kind& form) {
    Route route;
    route.method = "POST";
    route.path = path;
    route.summary = summary;
    route.tag = kind.plural;
    route.permission = Permission::records_change;
    route.body = body_rule(form);
    route.answers = {{200, "The " + kind.name + ".", component_name(kind)}};
    route.answers.front().has_etag = true;
    route.refusals = {409};
    return route;
}

/// The records that a conversion left, as the lead links them.
class Converted {
  public:
    Converted(const RecordActionRoutes& with, const Request& request)
        : with_(with), request_(request) {}

    [[nodiscard]] Response response(const Written& lead) const {
        const Kind& kind = *with_.answers.registry.find("lead");
        std::string body =
            "{\"lead\":" + with_.answers.one(request_, kind, lead.id, lead.record.version,
                                             state_text(kind, lead.record));
        for (const std::string linked : {"contact", "organization", "deal"})
            body += ",\"" + linked + "\":" + linked_text(lead, linked);
        return json_response(200, body + "}");
    }

  private:
    [[nodiscard]] std::string linked_text(const Written& lead, const std::string& linked) const {
        const Json* const id = lead.record.fields.find(linked + "_id");
        if (id == nullptr || id->string() == nullptr) return "null";
        const std::array key{StreamKey{linked, uuid_of(*id->string())}};
        const StreamHead head =
            with_.answers.store.heads(request_.principal->tenant_id, key).front();
        const Registry& registry = with_.answers.registry;
        if (head.version == 0 || head.archived ||
            !sees(request_.principal->caller(), registry, linked, head.state))
            return "null";
        return with_.answers.one(request_, *registry.find(linked), head.stream.id, head.version,
                                 head.state);
    }

    const RecordActionRoutes& with_;
    const Request& request_;
};

Result<Response> convert(const RecordActionRoutes& with, const Request& request) {
    auto body = read_form(conversion_form(), request);
    if (!body) return body.error();
    return with.answers.command(
        request,
        [&](const CommandContext& context) {
            return with.conversion.convert(context, request.path_id(), Json(std::move(*body)));
        },
        [with, &request](const Written& done) -> Result<Response> {
            Response response = Converted(with, request).response(done);
            response.with("ETag", "\"" + std::to_string(done.record.version) + "\"");
            return with_position(std::move(response), done);
        });
}

} // namespace

Routes RecordActionRoutes::rows() const {
    Routes routes;
    for (const Action& action : actions()) {
        const Kind& kind = *answers.registry.find(action.kind);
        Route& route = routes.emplace_back(
            action_route("/" + kind.plural + "/{id}/" + std::string(action.verb), action.summary,
                         kind, action.form));
        route.handler = [with = *this, &kind, &action](const Request& request) {
            return with.answers.command(
                request, kind, [&](const CommandContext& context) -> Result<PendingWrite> {
                    const auto body = read_form(action.form, request);
                    if (!body) return body.error();
                    return action.act(with, context, request.path_id(), *body);
                });
        };
    }
    Route& converting = routes.emplace_back(
        action_route("/leads/{id}/convert", "Make a contact, an organization and a deal of a lead",
                     *answers.registry.find("lead"), conversion_form()));
    converting.answers.front().description = "The lead and what was made of it.";
    converting.answers.front().schema = "LeadConverted";
    converting.handler = [with = *this](const Request& request) { return convert(with, request); };
    return routes;
}

JsonObject record_action_components() {
    JsonObject components{{conversion_form().name, write_schema(conversion_form(), true)}};
    for (const Action& action : actions())
        if (!action.form.fields.empty())
            components.append(action.form.name, write_schema(action.form, true));
    const auto record = [](const char* name) {
        return JsonObject{
            {"anyOf", JsonArray{JsonObject{{"$ref", std::string("#/components/schemas/") + name}},
                                typed("null")}}};
    };
    components.append(
        "LeadConverted",
        JsonObject{
            {"type", "object"},
            {"required", JsonArray{"lead", "contact", "organization", "deal"}},
            {"properties", JsonObject{{"lead", JsonObject{{"$ref", "#/components/schemas/Lead"}}},
                                      {"contact", record("Contact")},
                                      {"organization", record("Organization")},
                                      {"deal", record("Deal")}}}});
    return components;
}

} // namespace throughline
