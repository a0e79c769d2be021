#include "api/session/idempotency.hpp"

#include "api/session/if_match.hpp"
#include "api/session/verification_key.hpp"
#include "bus/ids.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace throughline {
namespace {

constexpr std::size_t max_key_length = 255;

std::string_view unquoted(std::string_view text) {
    if (text.size() >= 2 && text.front() == '"' && text.back() == '"')
        return text.substr(1, text.size() - 2);
    return text;
}

bool is_printable(char c) { return c >= ' ' && c <= '~'; }

/// In whatever order and spelling it came; empty where there is none.
std::string query_text(QueryParameters query) {
    if (query.empty()) return {};
    std::ranges::sort(query);
    JsonArray pairs;
    for (auto& [name, value] : query)
        pairs.emplace_back(JsonArray{std::move(name), std::move(value)});
    return "?" + to_text(Json(std::move(pairs)));
}

std::string hash_of(const Request& request, const std::string& secret) {
    const std::string& body = request.upload ? request.upload_hash : request.body;
    const std::string digest =
        hmac_sha256("Idempotency-Key\n" + request.method + "\n" + request.path +
                        query_text(request.query) + "\n" + body,
                    secret);
    std::string hash;
    for (const char byte : digest) hash += fmt::format("{:02x}", static_cast<unsigned char>(byte));
    return hash;
}

} // namespace

IdempotencyKeys::Claim::Claim(Claim&& other) noexcept
    : keys_(std::exchange(other.keys_, nullptr)), command_id_(other.command_id_),
      request_hash_(std::move(other.request_hash_)) {}

IdempotencyKeys::Claim::~Claim() {
    if (keys_ == nullptr || request_hash_.empty()) return;
    const std::lock_guard lock(keys_->mutex_);
    keys_->running_.erase(command_id_);
}

Result<IdempotencyKeys::Claim> IdempotencyKeys::claim(const Request& request) {
    const Principal& caller = *request.principal;
    return claim(request, caller.tenant_id, to_string(caller.actor_id));
}

Result<IdempotencyKeys::Claim> IdempotencyKeys::claim(const Request& request, const Uuid& tenant,
                                                      std::string_view caller) {
    const auto is_key = [](const auto& header) { return header.first == "idempotency-key"; };
    if (std::ranges::none_of(request.headers, is_key)) return Claim(*this, new_id(), "");
    const std::string_view key = unquoted(request.header("idempotency-key"));
    if (key.empty() || key.size() > max_key_length || !std::ranges::all_of(key, is_printable))
        return Rejection{Refusal::malformed, "Idempotency-Key takes 1 to 255 characters of ASCII."};
    const Uuid id = derived_uuid(tenant, fmt::format("key {} {}", caller, key));
    {
        const std::lock_guard lock(mutex_);
        if (!running_.insert(id).second) return key_is_running();
    }
    return Claim(*this, id, hash_of(request, secret_));
}

Rejection key_is_running() {
    return {Refusal::conflict, "A request with this Idempotency-Key is still running."};
}

Result<CommandContext> command_context(const Request& request,
                                       const IdempotencyKeys::Claim& claim) {
    CommandContext context;
    context.tenant = request.principal->tenant_id;
    context.caller = request.principal->caller();
    context.owner = request.principal->user_id;
    context.command_id = claim.command_id();
    context.request_hash = claim.request_hash();
    context.origin.actor_id = request.principal->actor_id;
    context.origin.actor_type = request.principal->actor_type;
    context.origin.channel = request.principal->actor_type;
    context.origin.correlation_id = new_id(); // a key is good for a day, and new after that
    context.origin.traceparent = request.traceparent;
    auto taken = read_if_match(request);
    if (!taken) return taken.error();
    context.if_match = std::move(*taken);
    return context;
}

} // namespace throughline
