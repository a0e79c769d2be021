#include "domain/codes.hpp"
#include "domain/identity/hosts.hpp"
#include "domain/identity/tenant.hpp"
#include "domain/record/change.hpp"

#include <doctest/doctest.h>

using namespace throughline;

namespace {

using Faults = std::vector<std::string>;

Faults faults_of(const std::string& patch) {
    Faults all;
    const auto draft = check_update(tenant_kind(), parse_json(patch));
    if (draft) return all;
    for (const FieldError& error : draft.error().errors)
        all.push_back(error.code + " " + error.where);
    return all;
}

/// The value as it is kept, as JSON text.
std::string kept(const std::string& field, const std::string& value) {
    const auto draft = check_update(tenant_kind(), parse_json("{\"" + field + "\":" + value + "}"));
    return draft ? to_text(*draft->values.find(field)) : draft.error().errors.front().where;
}

const std::string ends =
    R"({"key":"won","name":"Won","probability":100},{"key":"lost","name":"Lost","probability":0})";

} // namespace

TEST_CASE("a new tenant has every setting") {
    const auto created =
        decide_create(tenant_kind(), {{"name", "Acme"}, {"slug", "acme"}}, Uuid{}).front().data;
    CHECK(*created.find("timezone") == Json("UTC"));
    CHECK(created.find("default_region")->is_null());
    CHECK(*created.find("currency") == Json("USD"));
    CHECK(*created.find("record_visibility") == Json("tenant"));
    CHECK(*created.find("http_allowlist") == Json(JsonArray{}));
    CHECK(*created.find("high_value_threshold") == Json(10000));
    const JsonArray& stages = *created.find("pipeline_stages")->array();
    REQUIRE(stages.size() == 6);
    CHECK(to_text(stages[3]) == R"({"key":"negotiation","name":"Negotiation","probability":75})");
}

TEST_CASE("a setting from before it existed, or cleared, counts as its initial value") {
    const JsonObject fields =
        with_initial_values(tenant_kind(), {{"name", "Acme"}, {"currency", nullptr}});
    CHECK(*fields.find("currency") == Json("USD"));
    CHECK(*fields.find("record_visibility") == Json("tenant"));
    CHECK(faults_of(R"({"currency":null,"pipeline_stages":null})").empty());
    CHECK(faults_of(R"({"name":null,"slug":null})") == Faults{"required /name", "required /slug"});
}

TEST_CASE("currencies and regions are codes that exist") {
    CHECK(kept("currency", "\"EUR\"") == "\"EUR\"");
    CHECK(kept("default_region", "\"FR\"") == "\"FR\"");
    CHECK(faults_of(R"({"currency":"eur","default_region":"XX"})") ==
          Faults{"invalid_format /default_region", "invalid_format /currency"});
    CHECK(faults_of(R"({"currency":978})") == Faults{"invalid_type /currency"});
    for (const char* code : {"AED", "JPY", "ZWG"}) CHECK_MESSAGE(is_currency(code), code);
    for (const char* code : {"", "AE", "eur", "XXX", "D A", "EUR "})
        CHECK_FALSE_MESSAGE(is_currency(code), code);
    for (const char* code : {"AD", "GB", "ZW"}) CHECK_MESSAGE(is_region(code), code);
    for (const char* code : {"", "A", "UK", "EU", "GBR", "D "})
        CHECK_FALSE_MESSAGE(is_region(code), code);
}

TEST_CASE("an amount keeps its digits, and without an exponent") {
    CHECK(kept("high_value_threshold", "2500.50") == "2500.50");
    CHECK(kept("high_value_threshold", "\"0.0001\"") == "0.0001");
    CHECK(kept("high_value_threshold", "0") == "0");
    CHECK(kept("high_value_threshold", "1e4") == "10000");
    CHECK(kept("high_value_threshold", "12345e-4") == "1.2345");
    CHECK(kept("high_value_threshold", "1.50E+1") == "15");
    CHECK(kept("high_value_threshold", "20000e-8") == "0.0002");
    CHECK(kept("high_value_threshold", "0.0e7") == "0");
    for (const char* amount :
         {"-1", "-1e2", "1e15", "1e-5", "\"1e4\"", "0.00001", "1234567890123456", "\"\"", "\"01\"",
          "\"1.\"", "\".5\"", "\"+1\"", "true", "[]"})
        CHECK_MESSAGE(kept("high_value_threshold", amount) == "/high_value_threshold", amount);
}

TEST_CASE("slugs and record visibility are checked") {
    CHECK(faults_of(R"({"slug":"Acme"})") == Faults{"invalid_format /slug"});
    CHECK(faults_of(R"({"slug":7})") == Faults{"invalid_type /slug"});
    CHECK(kept("record_visibility", "\"Own\"") == "\"own\"");
    CHECK(faults_of(R"({"record_visibility":"all"})") ==
          Faults{"invalid_choice /record_visibility"});
    CHECK(faults_of(R"({"nmae":"x","id":"y"})") == Faults{"unknown_field /nmae"});
}

TEST_CASE("allowed hosts are names, wildcards and addresses, each once") {
    CHECK(kept("http_allowlist", R"([" API.Example.com ","api.example.com","*.example.com",
        "10.0.0.1","[2001:DB8:0:0::1]","localhost"])") ==
          R"(["api.example.com","*.example.com","10.0.0.1","2001:db8::1","localhost"])");
    CHECK(faults_of(R"({"http_allowlist":["a.example",7,"a b"]})") ==
          Faults{"invalid_type /http_allowlist/1", "invalid_format /http_allowlist/2"});
    CHECK(faults_of(R"({"http_allowlist":"a.example"})") == Faults{"invalid_type /http_allowlist"});
    for (const char* host :
         {"", "*", "*.com", "a.*.example.com", "*example.com", "a..b", "-a.example", "a_b.example",
          "example.com:443", "https://example.com", "example.com/", "10.0.0", "10.0.0.256",
          "1.2.3.4.5", "example.com.", "é.example"})
        CHECK_FALSE_MESSAGE(normal_host_pattern(host), host);
    JsonArray many;
    for (int i = 0; i < 201; ++i) many.emplace_back("h" + std::to_string(i) + ".example");
    CHECK(faults_of(to_text(JsonObject{{"http_allowlist", many}})) ==
          Faults{"too_large /http_allowlist"});
}

TEST_CASE("a pipeline has distinct keys, lawful chances, and both ends") {
    const auto with = [](const std::string& stages) {
        return faults_of(R"({"pipeline_stages":[)" + stages + "]}");
    };
    CHECK(with(ends).empty());
    CHECK(with(R"({"key":"open","name":" Open ","probability":20},)" + ends).empty());
    CHECK(
        kept("pipeline_stages", R"([{"probability":20,"name":" Open ","key":"open"},)" + ends + "]")
            .starts_with(R"([{"key":"open","name":"Open","probability":20},)"));
    CHECK(with("") == Faults{"required /pipeline_stages", "required /pipeline_stages"});
    CHECK(with(R"({"key":"won","name":"A","probability":1},)" + ends) ==
          Faults{"invalid_choice /pipeline_stages/1/key"});
    CHECK(with(R"({"key":"A b","name":"","probability":101},)" + ends) ==
          Faults{"invalid_format /pipeline_stages/0/key", "invalid_type /pipeline_stages/0/name",
                 "invalid_format /pipeline_stages/0/probability"});
    CHECK(with(R"({"key":"a","colour":"red","probability":1.5},)" + ends) ==
          Faults{"unknown_field /pipeline_stages/0/colour", "required /pipeline_stages/0/name",
                 "invalid_format /pipeline_stages/0/probability"});
    CHECK(with("7," + ends) == Faults{"invalid_type /pipeline_stages/0"});
    CHECK(faults_of(R"({"pipeline_stages":{}})") == Faults{"invalid_type /pipeline_stages"});
}
