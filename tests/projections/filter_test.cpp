#include "projections/filter.hpp"

#include "domain/record/custom_fields.hpp"

#include <doctest/doctest.h>

using namespace throughline;

namespace {

const std::string some_id = "01890a5d-ac96-774b-bcce-b302099a8057";

Result<ListRequest> read(const QueryParameters& query) {
    return read_list_request(contact_kind(), query);
}

Filter only_filter(const std::string& name, const std::string& value) {
    const auto request = read({{name, value}});
    REQUIRE(request.has_value());
    REQUIRE(request->filters.size() == 1);
    return request->filters.front();
}

/// The refusal of a query with one fault, as "status code where".
std::string fault(const QueryParameters& query) {
    const auto request = read(query);
    if (request.has_value()) return "none";
    const Rejection rejection = request.error();
    REQUIRE(rejection.errors.size() == 1);
    REQUIRE(rejection.errors.front().in_query);
    const std::string status = rejection.refusal == Refusal::malformed ? "400 " : "422 ";
    return status + rejection.errors.front().code + " " + rejection.errors.front().where;
}

} // namespace

TEST_CASE("an empty query asks for the first 50") {
    const auto request = read({});
    REQUIRE(request.has_value());
    CHECK(request->limit == 50);
    CHECK(request->filters.empty());
    CHECK(request->sort.empty());
    CHECK_FALSE(request->count);
}

TEST_CASE("limit, sort, fields, count and cursor are read") {
    const auto request = read({{"limit", "200"},
                               {"sort", "-updated_at,name"},
                               {"fields", "name,organization,created_at"},
                               {"count", "true"},
                               {"cursor", "abc"}});
    REQUIRE(request.has_value());
    CHECK(request->limit == 200);
    REQUIRE(request->sort.size() == 2);
    CHECK(request->sort[0].field == "updated_at");
    CHECK(request->sort[0].descending);
    CHECK(request->sort[1].field == "name");
    CHECK_FALSE(request->sort[1].descending);
    CHECK(request->fields == std::vector<std::string>{"name", "organization", "created_at"});
    CHECK(request->count);
    CHECK(request->cursor == "abc");
}

TEST_CASE("values are brought into the form in which they compare") {
    CHECK(only_filter("filter[name]", "ÉTÉ").values == std::vector<std::string>{"été"});
    CHECK(only_filter("filter[email]", " Ann@ACME.com").values ==
          std::vector<std::string>{"ann@acme.com"});
    CHECK(only_filter("filter[phone]", "+33 (1) 23-45").values ==
          std::vector<std::string>{"+3312345"});
    CHECK(only_filter("filter[phone][contains]", "23-45").values ==
          std::vector<std::string>{"2345"});
    CHECK(only_filter("filter[status]", "New").values == std::vector<std::string>{"new"});
    CHECK(only_filter("filter[created_at][gte]", "2026-03-08T01:00:00-05:00").values ==
          std::vector<std::string>{"2026-03-08T06:00:00.000000Z"});
    CHECK(only_filter("filter[tags][in]", "VIP, lead,,").values ==
          std::vector<std::string>{"vip", "lead"});
    CHECK(only_filter("filter[owner_id]", "01890A5D-AC96-774B-BCCE-B302099A8057").values ==
          std::vector<std::string>{some_id});
}

TEST_CASE("every operator is known") {
    const std::vector<std::pair<std::string, FilterOp>> all{{"eq", FilterOp::eq},
                                                            {"ne", FilterOp::ne},
                                                            {"gt", FilterOp::gt},
                                                            {"gte", FilterOp::gte},
                                                            {"lt", FilterOp::lt},
                                                            {"lte", FilterOp::lte},
                                                            {"in", FilterOp::in},
                                                            {"contains", FilterOp::contains},
                                                            {"starts_with", FilterOp::starts_with}};
    for (const auto& [name, op] : all)
        CHECK(only_filter("filter[name][" + name + "]", "x").op == op);
    CHECK(only_filter("filter[name][exists]", "false").op == FilterOp::exists);
    CHECK(only_filter("filter[name]", "x").op == FilterOp::eq);
}

TEST_CASE("metadata is filtered by key") {
    const Filter filter = only_filter("filter[metadata.Tier.x][ne]", "Gold");
    CHECK(filter.field == "metadata");
    CHECK(filter.metadata_key == "Tier.x");
    CHECK(filter.op == FilterOp::ne);
    CHECK(filter.values == std::vector<std::string>{"gold"});
    CHECK(only_filter("filter[metadata][exists]", "true").metadata_key.empty());
}

TEST_CASE("what is not known is 400, what is wrong is 422") {
    CHECK(fault({{"colour", "red"}}) == "400 unknown_parameter colour");
    CHECK(fault({{"filter[colour]", "red"}}) == "400 unknown_parameter filter[colour]");
    CHECK(fault({{"filter[name][like]", "red"}}) == "400 unknown_parameter filter[name][like]");
    CHECK(fault({{"filter[name", "red"}}) == "400 unknown_parameter filter[name");
    CHECK(fault({{"filter[name.key]", "red"}}) == "400 unknown_parameter filter[name.key]");
    CHECK(fault({{"sort", "colour"}}) == "400 unknown_parameter sort");
    CHECK(fault({{"sort", "tags"}}) == "400 unknown_parameter sort");
    CHECK(fault({{"fields", "name,colour"}}) == "400 unknown_parameter fields");
    for (const std::string limit : {"0", "201", "-1", "ten", "", "1.5", "99999999999999999999"})
        CHECK(fault({{"limit", limit}}) == "422 invalid_format limit");
    CHECK(fault({{"count", "yes"}}) == "422 invalid_choice count");
    CHECK(fault({{"filter[owner_id]", "me"}}) == "422 invalid_format filter[owner_id]");
    CHECK(fault({{"filter[id][in]", some_id + ",x"}}) == "422 invalid_format filter[id][in]");
    CHECK(fault({{"filter[status]", "gone"}}) == "422 invalid_choice filter[status]");
    CHECK(fault({{"filter[phone]", "none"}}) == "422 invalid_format filter[phone]");
    CHECK(fault({{"filter[phone][starts_with]", "x"}}) ==
          "422 invalid_format filter[phone][starts_with]");
    CHECK(fault({{"filter[created_at]", "2026-13-01"}}) == "422 invalid_format filter[created_at]");
    CHECK(fault({{"filter[created_at]", "0001-01-01T00:00:00+05:00"}}) ==
          "422 invalid_format filter[created_at]");
    CHECK(fault({{"filter[version][gt]", "one"}}) == "422 invalid_format filter[version][gt]");
    CHECK(fault({{"filter[name][exists]", "maybe"}}) == "422 invalid_choice filter[name][exists]");
    CHECK(fault({{"filter[name][in]", " , "}}) == "422 invalid_format filter[name][in]");
    CHECK(fault({{"filter[metadata]", "x"}}) == "422 invalid_format filter[metadata]");
    CHECK(fault({{"q", "\xff"}}) == "422 invalid_format q");
    CHECK(fault({{"filter[name]", std::string("a\0b", 3)}}) == "422 invalid_format filter[name]");
    CHECK(fault({{"filter[\xff]", "x"}}) == "400 unknown_parameter ");
}

TEST_CASE("a tenant's own field is compared with values of its type") {
    JsonArray definitions;
    for (const char* type : {"number", "date", "reference", "boolean", "choice", "multi_choice"})
        definitions.push_back(JsonObject{{"key", type},
                                         {"type", type},
                                         {"choices", JsonArray{"Gold plate", "EMEA_NORTH"}},
                                         {"retired", JsonArray{"Tin"}}});
    definitions.push_back(
        JsonObject{{"key", "status"}, {"type", "choice"}, {"retired", JsonArray{"On hold"}}});
    const Kind kind = with_custom_fields(contact_kind(), definitions);
    const auto value = [&](const std::string& path, const std::string& written) {
        const auto request = read_list_request(kind, {{"filter[" + path + "]", written}});
        if (!request) return request.error().errors.front().code;
        return request->filters.front().values.front();
    };
    CHECK(value("metadata.number][gt", "abc") == "invalid_format");
    CHECK(value("metadata.number][gt", "10.50") == "10.50");
    CHECK(value("metadata.number][gt", "1e3") == "1000");
    CHECK(value("metadata.date][lt", "2026-13-01") == "invalid_format");
    CHECK(value("metadata.date][lt", "2026-12-01") == "2026-12-01");
    CHECK(value("metadata.reference", "me") == "invalid_format");
    CHECK(value("metadata.boolean", "maybe") == "invalid_choice");
    CHECK(value("metadata.boolean", "True") == "true");
    for (const std::string key : {"metadata.choice", "metadata.multi_choice"}) {
        CHECK(value(key, "Silver") == "invalid_choice");
        CHECK(value(key, "GOLD plate") == "gold plate");
        CHECK(value(key, "EMEA_NORTH") == "emea_north");
        CHECK(value(key, "Emea north") == "emea_north");
        CHECK(value(key, "tin") == "tin");
        CHECK(value(key + "][contains", "old") == "old");
    }
    CHECK(value("status", "On hold") == "on_hold");
    CHECK(value("status", "held") == "invalid_choice");
    CHECK(value("metadata.free", "anything") == "anything");
}

TEST_CASE("a field sorts where it stands first, and no more") {
    const auto request = read({{"sort", "name,-name,id,name,-id"}});
    REQUIRE(request.has_value());
    REQUIRE(request->sort.size() == 2);
    CHECK_FALSE(request->sort[0].descending);
    CHECK(request->sort[1].field == "id");
    std::string keys = "name";
    for (const char* key : {"a", "b", "c", "d", "e", "f", "g"})
        keys += ",metadata." + std::string(key);
    CHECK(read({{"sort", keys}}).has_value());
    CHECK(fault({{"sort", keys + ",email"}}) == "422 too_large sort");
}

TEST_CASE("of many faults the first hundred are told") {
    QueryParameters wrong;
    QueryParameters unknown;
    for (int i = 0; i < 1000; ++i) {
        wrong.emplace_back("filter[status]", "gone");
        unknown.emplace_back("filter[none]", "x");
    }
    CHECK(read(wrong).error().errors.size() == 100);
    CHECK(read(unknown).error().errors.size() == 100);
}

TEST_CASE("an unknown parameter outweighs a wrong value") {
    CHECK(fault({{"limit", "0"}, {"colour", "red"}}) == "400 unknown_parameter colour");
}

TEST_CASE("the last word of q is the one that may be under way") {
    const auto words = [](const std::string& q) { return read({{"q", q}})->words; };
    CHECK(words("  ") == std::vector<std::string>{});
    CHECK_FALSE(read({{"q", "  "}})->finds_nothing);
    CHECK(read({{"q", " +?! "}})->finds_nothing);
    CHECK_FALSE(read({{"q", "+a"}})->finds_nothing);
    CHECK(words("Zoë") == std::vector<std::string>{"zoe"});
    CHECK(words("zoe ann B") == std::vector<std::string>{"ann", "zoe", "b"});
    CHECK(words("jean-pi") == std::vector<std::string>{"jean", "pi"});
    CHECK(words("bob ann@acme.co") == std::vector<std::string>{"bob", "ann@acme.co"});
}

namespace {

/// The filters of a body as "field op values;", or its faults as "code pointer".
std::string read_body(const std::string& body) {
    const Json json = parse_json(body);
    const auto filters = read_filter_body(deal_kind(), *json.object(), "/filter");
    std::string text;
    if (!filters) {
        CHECK(filters.error().refusal == Refusal::invalid);
        for (const FieldError& error : filters.error().errors) {
            CHECK_FALSE(error.in_query);
            text += (text.empty() ? "" : " ") + error.code + " " + error.where;
        }
        return text;
    }
    for (const Filter& filter : *filters) {
        text +=
            filter.field + filter.metadata_key + " " + std::to_string(static_cast<int>(filter.op));
        for (const std::string& value : filter.values) text += " " + value;
        text += ";";
    }
    return text;
}

} // namespace

TEST_CASE("a body's filter means what the query's does") {
    CHECK(read_body(R"({"stage":"Proposal"})") == "stage 0 proposal;");
    CHECK(read_body(R"({"value":{"gte":10,"lt":"20.50"}})") == "value 3 10;value 4 20.50;");
    CHECK(read_body(R"({"stage":["new","Won"]})") == "stage 6 new won;");
    CHECK(read_body(R"({"stage":{"in":"new, Won"}})") == "stage 6 new won;");
    CHECK(read_body(R"({"name":{"contains":"ÉTÉ"}})") == "name 7 été;");
    CHECK(read_body(R"({"contact_id":{"exists":true}})") == "contact_id 9 true;");
    CHECK(read_body(R"({"metadata.tier":"Gold"})") == "metadatatier 0 gold;");
    CHECK(read_body(R"({})").empty());
}

TEST_CASE("a number in a filter may have an exponent, and is as exact as one without") {
    CHECK(read_body(R"({"value":{"gte":1e3,"lt":"1.5E2"}})") == "value 3 1000;value 4 150;");
    CHECK(read_body(R"({"value":[1e+0,12345e-4,"0.10e1",-0e5]})") == "value 6 1 1.2345 1 0;");
    CHECK(read_body(R"({"value":{"gt":-25e-1}})") == "value 2 -2.5;");
    CHECK(read_body(R"({"value":1e39,"version":12e1})") ==
          "value 0 1" + std::string(39, '0') + ";version 0 120;");
    CHECK(read_body(R"({"value":{"gte":1e40},"version":{"lt":15e-1,"gt":1e19}})") ==
          "invalid_format /filter/value/gte invalid_format /filter/version/lt "
          "invalid_format /filter/version/gt");
    for (const char* const wrong :
         {"e3", "1e", "1e+", "1e3.5", "1e3e3", "01e3", "1.e3", ".5e1", "1e-39", "1e308", "1e1000",
          "1e99999999999999999999", "1e-99999999999999999999"}) {
        CAPTURE(wrong);
        CHECK(read_list_request(deal_kind(), {{"filter[value]", wrong}}).error().errors.front() ==
              FieldError{"filter[value]", "invalid_format", "It is not a decimal number.", true});
    }
    const auto in_query =
        read_list_request(deal_kind(), {{"filter[value][in]", "1e3,1.5e2,2e0003"}});
    REQUIRE(in_query.has_value());
    CHECK(in_query->filters.front().values == std::vector<std::string>{"1000", "150", "2000"});
}

TEST_CASE("faults of a body's filter stand where they are, all of them") {
    CHECK(read_body(R"({"nmae":"x","name":{"like":"x"}})") ==
          "unknown_field /filter/nmae unknown_field /filter/name/like");
    CHECK(read_body(R"({"value":"ten","stage":"odd"})") ==
          "invalid_format /filter/value invalid_choice /filter/stage");
    CHECK(read_body(R"({"name":null})") == "invalid_type /filter/name");
    CHECK(read_body(R"({"name":{}})") == "invalid_format /filter/name");
    CHECK(read_body(R"({"name":{"eq":["a"]}})") == "invalid_type /filter/name/eq");
    CHECK(read_body(R"({"name":{"in":[]}})") == "invalid_format /filter/name/in");
    CHECK(read_body(R"({"name":{"in":[{}]}})") == "invalid_type /filter/name/in");
    CHECK(read_body(R"({"metadata":"x"})") == "invalid_format /filter/metadata");
    CHECK(read_body(R"({"a/b":1})") == "unknown_field /filter/a~1b");
}
