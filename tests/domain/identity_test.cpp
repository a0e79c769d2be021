#include "domain/identity/forms.hpp"
#include "domain/identity/streams.hpp"
#include "domain/identity/tenant.hpp"
#include "domain/identity/user.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace throughline;

namespace {

template <class T> std::vector<std::string> faults(const Result<T>& result) {
    std::vector<std::string> all;
    if (result) return all;
    for (const FieldError& error : result.error().errors)
        all.push_back(error.code + " " + error.where);
    return all;
}

using Faults = std::vector<std::string>;

Json registration() {
    return JsonObject{{"tenant_name", " Acme Ltd. "},
                      {"name", "Ada"},
                      {"email", " Ada@Example.com "},
                      {"password", " spaces count "}};
}

Faults faults_with(std::string_view name, Json value) {
    Json body = registration();
    body.object()->set(name, std::move(value));
    return faults(read_registration(body));
}

} // namespace

TEST_CASE("a registration is trimmed, its password is not") {
    const auto form = read_registration(registration());
    REQUIRE(form.has_value());
    CHECK(form->tenant_name == "Acme Ltd.");
    CHECK(form->email == "Ada@Example.com");
    CHECK(form->password == " spaces count ");
    CHECK_FALSE(form->tenant_slug.has_value());
}

TEST_CASE("every fault of a registration is named by its pointer") {
    CHECK(faults(read_registration(JsonObject{})) == Faults{"required /tenant_name",
                                                            "required /name", "required /email",
                                                            "required /password"});
    CHECK(faults_with("password", "seven77") == Faults{"invalid_format /password"});
    CHECK(faults_with("password", "ééééééé") == Faults{"invalid_format /password"});
    CHECK(faults_with("password", "éééééééé").empty());
    CHECK(faults_with("password", std::string(1000, 'x')).empty());
    CHECK(faults_with("password", std::string(1001, 'x')) == Faults{"too_large /password"});
    CHECK(faults_with("password", 12345678) == Faults{"invalid_type /password"});
    CHECK(faults_with("email", "ada") == Faults{"invalid_format /email"});
    CHECK(faults_with("name", "  ") == Faults{"required /name"});
    CHECK(faults_with("name", nullptr) == Faults{"required /name"});
    CHECK(faults_with("name", std::string(256, 'x')) == Faults{"too_large /name"});
    CHECK(faults_with("tenant_slug", "Acme") == Faults{"invalid_format /tenant_slug"});
    CHECK(faults_with("tenant_slug", JsonArray{}) == Faults{"invalid_type /tenant_slug"});
    CHECK(faults_with("ro/le", "owner") == Faults{"unknown_field /ro~1le"});
    CHECK(faults(read_sign_in(JsonObject{{"email", "a@b.c"}, {"user", 1}})) ==
          Faults{"required /password", "unknown_field /user"});
    CHECK(faults(read_password_change(
              JsonObject{{"current_password", "x"}, {"new_password", "short"}})) ==
          Faults{"invalid_format /new_password"});
    CHECK(faults(read_refresh_token(JsonArray{})) == Faults{"invalid_type "});
    CHECK(faults(read_new_member(
              JsonObject{{"name", "Bob"}, {"email", "bob"}, {"role", "boss"}, {"password", 7}})) ==
          Faults{"invalid_format /email", "invalid_choice /role", "invalid_type /password"});
    CHECK(faults(read_invitation(JsonObject{{"email", "bob@example.com"}, {"active", true}})) ==
          Faults{"required /role", "unknown_field /active"});
    CHECK(faults(read_acceptance(JsonObject{{"token", "x"}, {"password", "short"}})) ==
          Faults{"required /name", "invalid_format /password"});
    CHECK(faults(read_password_reset(JsonObject{{"password", "long enough"}})) ==
          Faults{"required /token"});
    CHECK(faults(read_reset_request(JsonObject{{"email", "nobody"}})) ==
          Faults{"invalid_format /email"});
}

TEST_CASE("slugs are made of names and never look like ids") {
    CHECK(slug_from("Acme Ltd.") == "acme-ltd");
    CHECK(slug_from("--Łódź & Sons  Ltd.") == "d-sons-ltd");
    CHECK(slug_from("日本") == "tenant");
    CHECK(slug_from(std::string(100, 'a')).size() == 48);
    CHECK(slug_from(std::string(47, 'a') + " b") == std::string(47, 'a'));
    CHECK(slug_from("0198a7a0-0000-7000-8000-000000000001") == "tenant");
    for (const char* slug : {"a", "acme-2", "0", "a--b"}) CHECK_MESSAGE(is_slug(slug), slug);
    for (const char* slug :
         {"", "-a", "a-", "A", "a_b", "é", "0198a7a0-0000-7000-8000-000000000001"})
        CHECK_FALSE_MESSAGE(is_slug(slug), slug);
    CHECK(is_slug(std::string(63, 'a')));
    CHECK_FALSE(is_slug(std::string(64, 'a')));
}

TEST_CASE("addresses that differ in case alone are one login") {
    CHECK(login_stream("Ada@Example.com ") == login_stream("ada@example.COM"));
    CHECK(login_stream("ada@example.com") != login_stream("ada@example.org"));
    CHECK(slug_stream("acme").kind == "slug");
    // Stored for ever: these ids may never change.
    CHECK(to_string(login_stream("ada@example.com").id) == "051d4da8-a472-5ee9-b6dc-fef9793f960b");
}

TEST_CASE("people change their name, time zone and locale, and nothing else of themselves") {
    const auto known_zone = [](const std::string& name) { return name == "Europe/Paris"; };
    const auto check = [&](JsonObject patch) {
        return faults(check_profile(std::move(patch), known_zone));
    };
    CHECK(check({{"name", "Ada"}, {"timezone", "Europe/Paris"}, {"locale", "pt-BR"}}).empty());
    CHECK(check({{"timezone", nullptr}, {"locale", nullptr}}).empty());
    CHECK(check({{"role", "owner"}, {"email", "x@y.z"}, {"active", true}}) ==
          Faults{"read_only /email", "read_only /role", "read_only /active"});
    CHECK(check({{"timezone", "Mars/Olympus"}, {"locale", "x"}}) ==
          Faults{"invalid_format /timezone", "invalid_format /locale"});
    CHECK(check({{"name", ""}, {"timezone", "Mars"}, {"role", "none"}, {"zz", 1}}) ==
          Faults{"read_only /role", "invalid_format /timezone", "unknown_field /zz",
                 "required /name"});
    for (const char* locale : {"e", "english", "en_", "en-", "en--US", "1n", "en-verylongsubtag"})
        CHECK_FALSE_MESSAGE(is_locale(locale), locale);
    CHECK(is_role("viewer"));
    CHECK_FALSE(is_role("Viewer"));
}
