#include "api/session/key_set.hpp"

#include <fmt/format.h>

namespace throughline {

namespace {

constexpr std::size_t most_keys = 100;

Rejection no_set(std::string detail) { return {Refusal::invalid, std::move(detail)}; }

} // namespace

Result<KeySet> read_key_set(std::string_view text) {
    auto read = read_json(text);
    if (const auto* fault = std::get_if<JsonFault>(&read))
        return no_set("is not JSON: " + fault->detail);
    const Json& json = std::get<Json>(read);
    const Json* const list = json.find("keys");
    if (list == nullptr && json.find("kty") == nullptr)
        return no_set("has neither `keys` nor is it a key");
    const JsonArray single{json};
    const JsonArray* const jwks = list == nullptr ? &single : list->array();
    if (jwks == nullptr || jwks->size() > most_keys)
        return no_set("has no list of at most 100 `keys`");
    KeySet set;
    for (std::size_t i = 0; i < jwks->size(); ++i) {
        auto key = VerificationKey::of_jwk((*jwks)[i]);
        if (key)
            set.keys.push_back(std::move(*key));
        else
            set.left_out.push_back(fmt::format("key {}: {}", i + 1, key.error().detail));
    }
    return set;
}

} // namespace throughline
