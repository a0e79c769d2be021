#include "api/session/bearers.hpp"

#include "api/trace.hpp"
#include "bus/ids.hpp"

#include <spdlog/spdlog.h>

namespace throughline {

namespace {

constexpr std::chrono::seconds key_lifetime{5}; // of what is remembered
constexpr std::chrono::hours longest_stream{1}; // that a key without an end opens
constexpr std::string_view scheme = "bearer ";

Rejection refused() { return {Refusal::unauthenticated, "A valid bearer token is needed."}; }

/// RFC 9110 section 11.1: the scheme's case does not matter.
std::optional<std::string> bearer_token(const Request& request) {
    const std::string_view header = request.header("authorization");
    if (header.size() <= scheme.size()) return std::nullopt;
    for (std::size_t i = 0; i < scheme.size(); ++i)
        if ((header[i] | ' ') != scheme[i]) return std::nullopt;
    return std::string(header.substr(scheme.size()));
}

bool takes_ticket(const Request& request) {
    return request.method == "GET" &&
           (request.path == "/api/events/stream" || request.path == "/api/events/ws");
}

void log_refusal(const Rejection& why, const std::string& traceparent) {
    if (why.refusal != Refusal::forbidden) return;
    spdlog::warn("{}", to_text(JsonObject{{"msg", "access denied"},
                                          {"reason", why.detail},
                                          {"trace_id", trace_id_of(traceparent)}}));
}

} // namespace

Result<Bearer> Bearers::of(const Request& request) {
    if (const auto token = bearer_token(request))
        return looks_like_api_key(*token) ? of_key(*token) : of_token(*token, request.traceparent);
    const auto ticket = request.parameter("ticket");
    if (!ticket || !takes_ticket(request)) return refused();
    const auto said = tokens_.verify_ticket(*ticket, now());
    if (!said) return refused();
    return Bearer{*said, true};
}

Result<Bearer> Bearers::of_token(const std::string& token, const std::string& traceparent) {
    const Time at = now();
    {
        const std::lock_guard lock(mutex_);
        if (const Bearer* known = tokens_seen_.find(token)) {
            if (known->claims.expires_at <= at) return refused();
            return *known;
        }
    }
    const auto said = tokens_.verify(token, at);
    auto bearer = said ? Result<Bearer>(Bearer{*said}) : of_provider(token, traceparent);
    if (bearer) {
        const std::lock_guard lock(mutex_);
        tokens_seen_.put(token, *bearer);
    }
    return bearer;
}

Result<Bearer> Bearers::of_provider(const std::string& token, const std::string& traceparent) {
    if (others_.tokens == nullptr) return refused();
    const auto said = others_.tokens->verify(token, now());
    if (!said) return said.error();
    const auto member = others_.users->admit(said->who, traceparent);
    if (!member) {
        log_refusal(member.error(), traceparent);
        return member.error();
    }
    return Bearer{{member->member.id, member->tenant.id, said->who.role, {}, said->expires_at, {}},
                  true,
                  true};
}

Result<Bearer> Bearers::of_key(const std::string& text) {
    const Time at = now();
    auto found = key(text, at);
    if (!found) return refused();
    const Time end = found->expires_at.value_or(at + longest_stream);
    const auto expires = std::chrono::floor<std::chrono::seconds>(end);
    others_.keys->note_use(found->id, at);
    return Bearer{{found->user, found->tenant, found->role, {}, expires, {}}, true, false, found};
}

std::optional<ApiKey> Bearers::key(const std::string& text, Time at) {
    if (others_.keys == nullptr) return std::nullopt;
    const auto steady = std::chrono::steady_clock::now();
    std::uint64_t forgotten = 0;
    {
        const std::lock_guard lock(mutex_);
        forgotten = forgotten_;
        if (const SeenKey* known = keys_seen_.find(text); known != nullptr && known->until > steady)
            return known->key.expires_at.value_or(Time::max()) > at ? std::optional(known->key)
                                                                    : std::nullopt;
    }
    auto found = others_.keys->find(text, at);
    const std::lock_guard lock(mutex_);
    if (found && forgotten == forgotten_) keys_seen_.put(text, {*found, steady + key_lifetime});
    return found;
}

void Bearers::forget_key(const Uuid& id) {
    const std::lock_guard lock(mutex_);
    ++forgotten_;
    keys_seen_.erase_if([&](const auto& entry) { return entry.second.key.id == id; });
}

} // namespace throughline
