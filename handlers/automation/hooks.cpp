#include "handlers/automation/hooks.hpp"

#include "bus/ids.hpp"
#include "handlers/identity/random_token.hpp"
#include "handlers/spent_key.hpp"
#include "handlers/webhook_signature.hpp"

#include <sodium.h>

#include <array>
#include <charconv>
#include <cstdlib>

namespace throughline {

namespace {

constexpr std::int64_t most_seconds_off = 300;
constexpr std::size_t tenant_digits = 36;

/// A token says whose it is, so that it is found without a list of all: <tenant>.<rule>.<secret>.
struct Token {
    Uuid tenant;
    Uuid rule;
};

std::optional<Token> read_token(const std::string& text) {
    if (text.size() < 2 * tenant_digits + 2) return std::nullopt;
    const auto tenant = parse_uuid(text.substr(0, tenant_digits));
    const auto rule = parse_uuid(text.substr(tenant_digits + 1, tenant_digits));
    if (!tenant || !rule) return std::nullopt;
    return Token{*tenant, *rule};
}

std::string name_of(const Uuid& rule) { return "hook/" + to_string(rule); }

bool is_same(const std::string& one, const std::string& other) {
    return one.size() == other.size() && sodium_memcmp(one.data(), other.data(), one.size()) == 0;
}

/// One of the signatures, between spaces, is right, and the time is about now.
bool is_signed(const HookRequest& request, const std::string& secret, Time now) {
    std::int64_t seconds = 0;
    const char* const end = request.timestamp.data() + request.timestamp.size();
    if (std::from_chars(request.timestamp.data(), end, seconds).ptr != end || seconds == 0)
        return false;
    const std::int64_t at = now.time_since_epoch().count() / 1'000'000;
    if (std::llabs(at - seconds) > most_seconds_off) return false;
    const std::string right = webhook_signature(webhook_key(secret), request.delivery.id,
                                                request.timestamp, request.body);
    for (std::size_t from = 0; from <= request.signature.size();) {
        const auto space = std::min(request.signature.find(' ', from), request.signature.size());
        if (is_same(request.signature.substr(from, space - from), right)) return true;
        from = space + 1;
    }
    return false;
}

const Json* at_path(const Json& value, std::string_view path) {
    const Json* at = &value;
    while (at != nullptr && !path.empty()) {
        const auto dot = std::min(path.find('.'), path.size());
        at = at->find(path.substr(0, dot));
        path.remove_prefix(std::min(path.size(), dot + 1));
    }
    return at;
}

/// The payload's members, and the named values beside them.
JsonObject mapped(const Json& payload, const Json& mapping) {
    JsonObject fields =
        payload.object() != nullptr ? *payload.object() : JsonObject{{"value", payload}};
    if (mapping.object() == nullptr) return fields;
    for (const auto& [name, path] : *mapping.object()) {
        const Json* const found =
            path.string() == nullptr ? nullptr : at_path(payload, *path.string());
        if (found != nullptr) fields.set(name, *found);
    }
    return fields;
}

bool listens(EventStore& store, const Uuid& tenant, const Uuid& rule) {
    const std::array key{StreamKey{"automation", rule}};
    const StreamHead head = store.heads(tenant, key).front();
    if (head.version == 0 || head.archived) return false;
    const Json state = parse_json(head.state);
    const Json* const enabled = state.find("enabled");
    const Json* const trigger = state.find("trigger");
    return enabled != nullptr && *enabled == Json(true) && trigger != nullptr &&
           trigger->text("type") == "webhook";
}

Rejection unsigned_request() {
    return {Refusal::unauthenticated, "The signature is missing or wrong."};
}

} // namespace

Result<Hooks::Opened> Hooks::open(const Uuid& tenant, const Uuid& rule, bool is_signed,
                                  JsonObject mapping) const {
    Opened opened;
    opened.id = new_id();
    opened.token = to_string(tenant) + "." + to_string(rule) + "." + random_token();
    opened.secret = new_webhook_secret();
    secrets_.put(tenant, name_of(rule),
                 to_text(JsonObject{{"id", to_string(opened.id)},
                                    {"token", opened.token},
                                    {"secret", opened.secret},
                                    {"signed", is_signed},
                                    {"mapping", std::move(mapping)}}));
    return opened;
}

std::optional<Hooks::Opened> Hooks::opened(const Uuid& tenant, const Uuid& rule,
                                           const Uuid& id) const {
    const auto kept = secrets_.get(tenant, name_of(rule));
    if (!kept) return std::nullopt;
    const Json settings = parse_json(*kept);
    if (settings.text("id") != to_string(id)) return std::nullopt;
    return Opened{id, settings.text("token"), settings.text("secret")};
}

Result<Written> Hooks::receive(const std::string& token, const HookRequest& request,
                               Time now) const {
    const auto whose = read_token(token);
    if (!whose) return no_such("webhook");
    const auto kept = secrets_.get(whose->tenant, name_of(whose->rule));
    if (!kept) return no_such("webhook");
    const Json settings = parse_json(*kept);
    if (!is_same(settings.text("token"), token)) return no_such("webhook");
    const bool must_be_signed = *settings.find("signed") == Json(true);
    if ((must_be_signed || !request.signature.empty()) &&
        !is_signed(request, settings.text("secret"), now))
        return unsigned_request();
    const auto known = outcome_of_key(store_, whose->tenant, request.delivery.command,
                                      request.delivery.request_hash);
    if (!known) return known.error();
    if (!*known && !listens(store_, whose->tenant, whose->rule)) return no_such("webhook");
    return triggers_.webhook(whose->tenant, whose->rule,
                             mapped(request.payload, *settings.find("mapping")), request.delivery);
}

} // namespace throughline
