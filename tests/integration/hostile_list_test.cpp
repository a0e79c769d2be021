#include "api/url.hpp"
#include "domain/base64url.hpp"
#include "projections/cursor.hpp"
#include "projections/lists.hpp"
#include "tests/support/projected_log.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

using namespace throughline;

namespace {

/// Contacts in a list, asked for by whoever means no good: what is not refused must be a page.
struct HostileList : ProjectedLog {
    Kind contacts = contact_kind();
    ListProjection projection{contacts};

    HostileList() {
        migrate_model(projection);
        create(contacts, {{"name", "Ann"},
                          {"email", "ann@acme.co"},
                          {"tags", JsonArray{"a", "b"}},
                          {"metadata", JsonObject{{"n", JsonNumber{"12.50"}},
                                                  {"s", "text"},
                                                  {"l", JsonArray{"x", true, 3}}}}});
        create(contacts, {{"name", "Bob"}});
        apply(projection);
    }

    Result<ListPage> page(const QueryParameters& query) {
        const auto request = read_list_request(contacts, query);
        if (!request) return request.error();
        return Lists(app).page(tenant, Caller::system(), contacts, *request);
    }

    Database app{url(), Role::app, 1};
};

std::string text_of(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

} // namespace

TEST_CASE("a cursor made by hand is refused, whatever it holds") {
    HostileList list;
    QueryParameters query{{"sort", "created_at"}, {"limit", "1"}};
    const auto first = list.page(query);
    REQUIRE(first.has_value());
    REQUIRE(first->next.has_value());
    const Json parts = parse_json(*from_base64url(*first->next));
    const Json& id = parts.array()->at(2);
    const auto fate = [&](const Json& time, const Json& with_id) {
        JsonArray made{parts.array()->at(0), time, with_id};
        query.emplace_back("cursor", base64url(to_text(std::move(made))));
        const auto read = list.page(query);
        query.pop_back();
        return read ? std::to_string(read->items.size()) : read.error().errors.at(0).code;
    };
    CHECK(fate(parts.array()->at(1), id) == "1");
    CHECK(fate("0001-01-01T00:00:00.000000Z", id) == "1");
    CHECK(fate("9999-12-31T23:59:59.999999Z", id) == "0");
    for (const char* const time :
         {"2026-03-08T06:00:00.000000+23:00", "2026-03-08T06:00:00-15:60", "2026-03-08t06:00:00z",
          "2026-03-08T06:00:00.123456789Z", "0000-01-01T00:00:00.000000Z",
          "0001-01-01T00:00:00.000000+01:00", "now", "infinity", ""}) {
        CAPTURE(time);
        CHECK(fate(time, id) == "invalid_cursor");
    }
    CHECK(fate(parts.array()->at(1), "{01890a5d-ac96-774b-bcce-b302099a8057}") == "invalid_cursor");
    CHECK(fate(nullptr, id) == "invalid_cursor");
}

TEST_CASE("each query of the fuzzer's corpus is refused or answered by PostgreSQL") {
    HostileList list;
    std::size_t pages = 0;
    for (const auto& file :
         std::filesystem::directory_iterator(THROUGHLINE_SOURCE_DIR "/tests/fuzz/corpus/query")) {
        CAPTURE(file.path());
        const std::string input = text_of(file.path());
        const auto query = read_query(split_target(std::string_view(input).substr(1)).query);
        if (!query) continue;
        const auto page = list.page(*query);
        pages += page.has_value() ? 1 : 0;
        CHECK((page.has_value() || !page.error().errors.empty()));
    }
    CHECK(pages > 0);
}

TEST_CASE("values that mean something to SQL are values") {
    HostileList list;
    for (const std::string value : {"'",
                                    "''; drop table events; --",
                                    "\\",
                                    "\\'",
                                    "$1",
                                    "{}",
                                    "{\"a\"}",
                                    "%",
                                    "_",
                                    "null",
                                    "1e308",
                                    "-0",
                                    "0x10",
                                    "NaN",
                                    "Infinity",
                                    " 7 ",
                                    "\t1\n",
                                    "12.50",
                                    "true",
                                    "\"x\"",
                                    "9999999999999999999999999999999999999999",
                                    "\xF0\x9F\x98\x80",
                                    ":*",
                                    "& !a | (b",
                                    "a,b"})
        for (const std::string op :
             {"eq", "ne", "gt", "lte", "in", "contains", "starts_with", "exists"})
            for (const std::string field : {"name", "email", "phone", "tags", "metadata.n",
                                            "metadata.l", "metadata.'", "metadata.a\\\"$1"}) {
                CAPTURE(value);
                CAPTURE(op);
                CAPTURE(field);
                const auto page = list.page({{"filter[" + field + "][" + op + "]", value},
                                             {"q", value},
                                             {"count", "true"},
                                             {"sort", "name,-version"}});
                CHECK(
                    (page.has_value() || page.error().errors.front().code != "unknown_parameter"));
            }
}
