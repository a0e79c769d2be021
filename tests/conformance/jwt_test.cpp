#include "api/session/jws.hpp"
#include "domain/base64url.hpp"

#include "projections/cursor.hpp"

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
        MESSAGE("skipped: there is no " << file.string());
        return;
    }
    std::ifstream in(file);
    const Json suite = parse_json(std::string{std::istreambuf_iterator<char>(in), {}});
    int run = 0;
    for (const Json& vector : *suite.find("vectors")->array()) {
        const Json* key = vector.find("jwk");
        const std::string secret = key == nullptr ? std::string() : *from_base64url(key->text("k"));
        CAPTURE(vector.text("name"));
        CHECK(verify_jws(vector.text("token"), secret).has_value() ==
              *vector.find("valid_signature")->boolean());
        ++run;
    }
    CHECK(run > 0);
}
