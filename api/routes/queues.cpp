#include "api/routes/queues.hpp"

#include "api/routes/rows.hpp"
#include "domain/rules/actions.hpp"
#include "domain/schema_words.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace throughline {

namespace {

constexpr std::int64_t most_leased = 100;
constexpr std::int64_t longest_lease = 12 * 3600; // seconds
constexpr std::size_t most_acknowledged = 1000;

/// Reads a body with a few members of its own; goes on after a fault.
class Form {
  public:
    Form(const Request& request, std::initializer_list<std::string_view> names) {
        if (request.json && request.json->object() != nullptr) body_ = *request.json->object();
        for (const JsonMember& member : body_)
            if (std::ranges::find(names, member.name) == names.end()) {
                std::string where = "/";
                append_pointer_token(where, member.name);
                errors_.push_back({where, "unknown_field", "There is no such member."});
            }
    }

    [[nodiscard]] std::int64_t whole(const std::string& name, std::int64_t most,
                                     std::int64_t otherwise) {
        const Json* const value = body_.find(name);
        if (value == nullptr) return otherwise;
        const auto number = value->as_integer();
        if (number && *number >= 1 && *number <= most) return *number;
        fault(name, value->number() == nullptr ? "invalid_type" : "invalid_format",
              fmt::format("A whole number from 1 to {} is expected.", most));
        return otherwise;
    }

    /// What the list's texts are; nothing where there is no such member.
    [[nodiscard]] std::vector<std::pair<std::string, Receipt>>
    receipts(const std::string& name, std::optional<Receipt> (*read)(std::string_view)) {
        std::vector<std::pair<std::string, Receipt>> found;
        const Json* const value = body_.find(name);
        if (value == nullptr) return found;
        if (value->array() == nullptr || value->array()->empty() ||
            value->array()->size() > most_acknowledged) {
            fault(name, "invalid_type", "A list of 1 to 1000 texts is expected.");
            return found;
        }
        for (std::size_t i = 0; i < value->array()->size(); ++i) {
            const std::string* const text = (*value->array())[i].string();
            const auto receipt = text == nullptr ? std::nullopt : read(*text);
            if (receipt)
                found.emplace_back(*text, *receipt);
            else
                fault(fmt::format("{}/{}", name, i), "invalid_format", "It is none of ours.");
        }
        return found;
    }

    void demand_one_of(const std::string& one, const std::string& other) {
        if (body_.contains(one) == body_.contains(other))
            fault(one, body_.contains(one) ? "invalid_format" : "required",
                  "It takes one of " + one + " and " + other + '.');
    }

    [[nodiscard]] const std::vector<FieldError>& errors() const { return errors_; }

  private:
    void fault(const std::string& name, const std::string& code, const std::string& detail) {
        errors_.push_back({'/' + name, code, detail});
    }

    JsonObject body_;
    std::vector<FieldError> errors_;
};

std::optional<Receipt> read_id(std::string_view text) {
    const auto id = parse_uuid(text);
    return id ? std::optional(Receipt{*id, std::nullopt}) : std::nullopt;
}

JsonObject message_json(const LeasedMessage& message) {
    return {{"id", to_string(message.id)},
            {"payload", parse_json(message.payload)},
            {"attempts", message.attempts},
            {"enqueued_at", to_rfc3339(message.enqueued_at)},
            {"lease_until", to_rfc3339(message.lease_until)},
            {"receipt", receipt_text(message)}};
}

struct Handlers {
    Queues& queues;
    KeyedWrites writes;

    /// Again under its key it takes no more: what it took comes again, as long as it is leased.
    [[nodiscard]] Result<Response> lease(const Request& request) const {
        const std::string& name = request.path_parameter("name");
        std::optional<std::vector<LeasedMessage>> taken;
        return writes.once(
            request,
            [&](const CommandContext& context) -> Result<JsonObject> {
                if (!rules::is_queue_name(name)) return no_such("queue");
                Form form(request, {"max", "seconds"});
                const std::int64_t max = form.whole("max", most_leased, 10);
                const std::int64_t seconds = form.whole("seconds", longest_lease, 30);
                if (!form.errors().empty()) return invalid(form.errors());
                taken = queues.lease(context.tenant, name, max, std::chrono::seconds(seconds));
                JsonArray receipts;
                for (const LeasedMessage& message : *taken)
                    receipts.emplace_back(receipt_text(message));
                return JsonObject{{"receipts", std::move(receipts)}};
            },
            [&](const JsonObject& kept) -> Result<Response> {
                if (!taken) taken = still_leased(request, kept);
                JsonArray messages;
                for (const LeasedMessage& message : *taken)
                    messages.emplace_back(message_json(message));
                return json_response(200, to_text(JsonObject{{"messages", std::move(messages)}}));
            });
    }

    [[nodiscard]] std::vector<LeasedMessage> still_leased(const Request& request,
                                                          const JsonObject& kept) const {
        std::vector<Receipt> receipts;
        for (const Json& text : *kept.find("receipts")->array())
            receipts.push_back(read_receipt(*text.string()).value());
        return queues.leased(request.principal->tenant_id, request.path_parameter("name"),
                             receipts);
    }

    [[nodiscard]] Result<Response> acknowledge(const Request& request) const {
        return writes.once(
            request, [&](const CommandContext&) { return acknowledge_given(request); },
            [](const JsonObject& done) {
                const JsonObject told{{"acknowledged", *done.find("acknowledged")},
                                      {"expired", *done.find("expired")}};
                return json_response(200, to_text(told));
            });
    }

    [[nodiscard]] Result<JsonObject> acknowledge_given(const Request& request) const {
        const std::string& name = request.path_parameter("name");
        if (!rules::is_queue_name(name)) return no_such("queue");
        Form form(request, {"receipts", "ids"});
        form.demand_one_of("receipts", "ids");
        auto given = form.receipts("receipts", read_receipt);
        std::ranges::move(form.receipts("ids", read_id), std::back_inserter(given));
        if (!form.errors().empty()) return invalid(form.errors());
        std::vector<Receipt> receipts;
        for (const auto& [text, receipt] : given) receipts.push_back(receipt);
        const auto done = queues.acknowledge(request.principal->tenant_id, name, receipts);
        JsonArray acknowledged;
        JsonArray expired;
        for (const auto& [text, receipt] : given)
            (done.contains(receipt) ? acknowledged : expired).emplace_back(text);
        return JsonObject{{"acknowledged", std::move(acknowledged)},
                          {"expired", std::move(expired)}};
    }
};

} // namespace

Routes queue_routes(Queues& queues, const KeyedWrites& writes) {
    RowsOf<Handlers> rows({queues, writes}, "/queues/{name}", "automations");
    Route& lease = rows.add(
        "POST", "/lease", "Take messages of a queue, for a time", Permission::automations_run,
        {200, "Nobody else has them until then.", "QueueMessages"}, &Handlers::lease);
    lease.body = {BodyRule::Form::optional_json, "QueueLease", {}};
    Route& acknowledge = rows.add(
        "POST", "/ack", "Say that messages of a queue are done with", Permission::automations_run,
        {200, "What is done with, and what is not: its lease is over.", "QueueAcknowledged"},
        &Handlers::acknowledge);
    acknowledge.body = json_body("QueueAck");
    return std::move(rows).take();
}

JsonObject queue_components() {
    const auto whole = [](std::int64_t most, std::int64_t otherwise) {
        return Json(JsonObject{
            {"type", "integer"}, {"minimum", 1}, {"maximum", most}, {"default", otherwise}});
    };
    const auto given = [](Json item) {
        return Json(JsonObject{{"type", "array"},
                               {"items", std::move(item)},
                               {"minItems", 1},
                               {"maxItems", most_acknowledged}});
    };
    const Json plain = typed("string");
    const Json receipt = JsonObject{{"type", "string"},
                                    {"pattern", "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
                                                "\\.[1-9][0-9]{0,8}$"}};
    const Json message =
        JsonObject{{"type", "object"},
                   {"required", JsonArray{"id", "payload", "attempts", "enqueued_at", "lease_until",
                                          "receipt"}},
                   {"properties", JsonObject{{"id", formatted("uuid")},
                                             {"payload", JsonObject{}},
                                             {"attempts", typed("integer")},
                                             {"enqueued_at", formatted("date-time")},
                                             {"lease_until", formatted("date-time")},
                                             {"receipt", plain}}}};
    return {
        {"QueueLease", closed(object_of({{"max", whole(most_leased, 10)},
                                         {"seconds", whole(longest_lease, 30)}}))},
        {"QueueMessages", JsonObject{{"type", "object"},
                                     {"required", JsonArray{"messages"}},
                                     {"properties", JsonObject{{"messages", array_of(message)}}}}},
        {"QueueAck", JsonObject{{"type", "object"},
                                {"properties", JsonObject{{"receipts", given(receipt)},
                                                          {"ids", given(formatted("uuid"))}}},
                                {"oneOf", JsonArray{JsonObject{{"required", JsonArray{"receipts"}}},
                                                    JsonObject{{"required", JsonArray{"ids"}}}}},
                                {"additionalProperties", false}}},
        {"QueueAcknowledged",
         JsonObject{{"type", "object"},
                    {"required", JsonArray{"acknowledged", "expired"}},
                    {"properties", JsonObject{{"acknowledged", array_of(plain)},
                                              {"expired", array_of(plain)}}}}}};
}

} // namespace throughline
