#include "api/cli/token_inspect.hpp"

#include "api/session/jws.hpp"
#include "api/session/jwt_claims.hpp"
#include "api/session/key_set.hpp"

#include <fstream>
#include <iterator>
#include <ostream>
#include <string>

namespace throughline {

namespace {

JsonObject finding(bool is_valid, Json claims, JsonArray errors) {
    return {{"signature", is_valid ? "valid" : "invalid"},
            {"claims", std::move(claims)},
            {"errors", std::move(errors)}};
}

JsonObject inspected(std::string_view line, const KeySet& set, Time at) {
    const auto token = read_jws(line);
    if (!token) return finding(false, {}, {token.error().detail});
    JsonArray errors;
    const bool is_valid = is_signed_by(*token, set.keys);
    if (!is_valid) errors.emplace_back("the signature is none of these keys'");
    auto read = read_json(token->payload);
    auto* claims = std::get_if<Json>(&read);
    if (claims == nullptr || claims->object() == nullptr) {
        errors.emplace_back("the payload is not a JSON object of distinct members");
        return finding(is_valid, {}, std::move(errors));
    }
    if (auto fault = fault_of_times(*claims, at, std::chrono::seconds(0)))
        errors.emplace_back(std::move(*fault));
    return finding(is_valid, std::move(*claims), std::move(errors));
}

} // namespace

int run_token_inspect(const std::filesystem::path& jwks, Time at, std::istream& in,
                      std::ostream& out, std::ostream& log) {
    std::ifstream file(jwks, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    if (!file) {
        log << jwks.string() << " cannot be read\n";
        return 1;
    }
    const auto set = read_key_set(text);
    if (!set) {
        log << jwks.string() << ' ' << set.error().detail << '\n';
        return 1;
    }
    for (const std::string& key : set->left_out) log << "left out: " << key << '\n';
    for (std::string line; std::getline(in, line);)
        out << to_text(inspected(line, *set, at)) << std::endl;
    return 0;
}

} // namespace throughline
