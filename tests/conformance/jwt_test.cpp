#include "api/session/jws.hpp"
#include "api/session/key_set.hpp"
#include "tests/support/signing_key.hpp"
#include "tests/support/skip.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

using namespace throughline;

TEST_CASE("the RFC's own tokens verify as they should") {
    const char* const folder = std::getenv("THROUGHLINE_CONFORMANCE");
    const auto file = std::filesystem::path(folder != nullptr ? folder : "../shared/conformance") /
                      "jwt/rfc_vectors.json";
    if (!std::filesystem::exists(file)) {
        note_skip("there is no " + file.string());
        return;
    }
    std::ifstream in(file);
    const Json suite = parse_json(std::string{std::istreambuf_iterator<char>(in), {}});
    int run = 0;
    for (const Json& vector : *suite.find("vectors")->array()) {
        CAPTURE(vector.text("name"));
        const Json* key = vector.find("jwk");
        const auto set = read_key_set(key_set_text(key == nullptr ? JsonArray{} : JsonArray{*key}));
        const auto token = read_jws(vector.text("token"));
        CHECK((token && is_signed_by(*token, set->keys)) ==
              *vector.find("valid_signature")->boolean());
        ++run;
    }
    CHECK(run > 0);
}
