#include "api/session/jws.hpp"

#include "domain/base64url.hpp"

#include <algorithm>

namespace throughline {

namespace {

constexpr std::size_t max_token_bytes = 16U << 10; // as of a request's head

Rejection no_token(std::string detail) { return {Refusal::unauthenticated, std::move(detail)}; }

std::optional<JsonObject> read_object(std::string_view text) {
    auto read = read_json(text);
    auto* json = std::get_if<Json>(&read);
    if (json == nullptr || json->object() == nullptr) return std::nullopt;
    return std::move(*json->object());
}

bool is_text_or_missing(const JsonObject& header, std::string_view name) {
    const Json* member = header.find(name);
    return member == nullptr || member->string() != nullptr;
}

std::string text_in(const JsonObject& header, std::string_view name) {
    const Json* member = header.find(name);
    return member == nullptr ? std::string() : *member->string();
}

Result<Jws> with_header(Jws token, std::string_view text) {
    const auto header = read_object(text);
    if (!header) return no_token("the header is not a JSON object of distinct members");
    if (header->contains("crit")) return no_token("the header has `crit`, which is not understood");
    if (header->contains("b64")) return no_token("the header has `b64`, which is not understood");
    for (const char* name : {"alg", "kid", "typ"})
        if (!is_text_or_missing(*header, name))
            return no_token(std::string("the header's `") + name + "` is no text");
    token.algorithm = text_in(*header, "alg");
    token.key_id = text_in(*header, "kid");
    token.type = text_in(*header, "typ");
    return token;
}

} // namespace

Result<Jws> read_jws(std::string_view token) {
    if (token.size() > max_token_bytes) return no_token("it has more than 16 KiB");
    const auto first = token.find('.');
    const auto last = token.rfind('.');
    if (first == last || token.find('.', first + 1) != last)
        return no_token("it is not three parts with dots between them");
    const auto header = from_base64url(token.substr(0, first));
    auto payload = from_base64url(token.substr(first + 1, last - first - 1));
    auto signature = from_base64url(token.substr(last + 1));
    if (!header || !payload || !signature)
        return no_token("a part is not base64url without padding");
    Jws read;
    read.signed_text = token.substr(0, last);
    read.payload = std::move(*payload);
    read.signature = std::move(*signature);
    return with_header(std::move(read), *header);
}

bool fits(const Jws& token, const VerificationKey& key) {
    return token.algorithm == key.algorithm() &&
           (token.key_id.empty() || key.id().empty() || token.key_id == key.id());
}

bool is_signed_by(const Jws& token, std::span<const VerificationKey> keys) {
    return std::ranges::any_of(keys, [&](const VerificationKey& key) {
        return fits(token, key) && key.verifies(token.signed_text, token.signature);
    });
}

std::string sign_jws(std::string_view payload, std::string_view secret) {
    return sign_segments(base64url(R"({"alg":"HS256","typ":"JWT"})") + "." + base64url(payload),
                         secret);
}

std::string sign_segments(const std::string& segments, std::string_view secret) {
    return segments + "." + base64url(hmac_sha256(segments, secret));
}

std::optional<JsonObject> verify_jws(std::string_view token, std::string_view secret) {
    const auto key = VerificationKey::of_secret(std::string(secret));
    const auto read = read_jws(token);
    if (!key || !read || !is_signed_by(*read, {&*key, 1}) ||
        (!read->type.empty() && read->type != "JWT"))
        return std::nullopt;
    return read_object(read->payload);
}

} // namespace throughline
