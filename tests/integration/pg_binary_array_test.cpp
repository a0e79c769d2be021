#include "bus/database.hpp"
#include "bus/pg_binary_array.hpp"
#include "tests/support/private_postgres.hpp"

#include <doctest/doctest.h>
#include <pqxx/pqxx>

using namespace throughline;

namespace {

struct Server {
    TestDatabase database;
    Connection connection = connect(database.url(), Role::owner);

    /// What the database takes the array for.
    std::string read(const PgBinaryArray& array) {
        pqxx::nontransaction transaction(*connection);
        return transaction
            .exec_params1("select ($1::" + array.sql_type() + ")::text", array.binary())[0]
            .as<std::string>();
    }
};

} // namespace

TEST_CASE("the database reads binary arrays of every type that we send") {
    Server server;
    PgBinaryArray ids(PgType::uuid);
    ids.add(uuid_of("01890a5d-ac96-774b-bcce-b302099a8057"));
    ids.add(Uuid{});
    CHECK(server.read(ids) ==
          "{01890a5d-ac96-774b-bcce-b302099a8057,00000000-0000-0000-0000-000000000000}");
    PgBinaryArray texts(PgType::text);
    texts.add("");
    texts.add("Zoë, \"quoted\" \\ and {braces}");
    CHECK(server.read(texts) == R"({"","Zoë, \"quoted\" \\ and {braces}"})");
    PgBinaryArray documents(PgType::json);
    documents.add(R"({"a": 1.10})");
    CHECK(server.read(documents) == R"({"{\"a\": 1.10}"})");
    PgBinaryArray longs(PgType::int8);
    longs.add(std::int64_t{-9'000'000'000'000});
    longs.add(1);
    CHECK(server.read(longs) == "{-9000000000000,1}");
    PgBinaryArray ints(PgType::int4);
    ints.add(-2);
    ints.add(2'000'000'000);
    CHECK(server.read(ints) == "{-2,2000000000}");
    PgBinaryArray flags(PgType::boolean);
    flags.add(true);
    flags.add(false);
    CHECK(server.read(flags) == "{t,f}");
    PgBinaryArray times(PgType::timestamptz);
    times.add(parse_rfc3339("2026-03-08T06:00:00.000001Z").value());
    times.add(parse_rfc3339("1969-12-31T23:59:59Z").value());
    CHECK(server.read(times) == R"({"2026-03-08 06:00:00.000001+00","1969-12-31 23:59:59+00"})");
}

TEST_CASE("an array may be empty or hold nulls, and a number must fit its column") {
    Server server;
    CHECK(server.read(PgBinaryArray(PgType::text)) == "{}");
    PgBinaryArray ids(PgType::uuid);
    ids.add_null();
    ids.add(Uuid{});
    CHECK(server.read(ids) == "{NULL,00000000-0000-0000-0000-000000000000}");
    PgBinaryArray ints(PgType::int4);
    CHECK_THROWS_AS(ints.add(std::int64_t{3'000'000'000}), std::out_of_range);
}

TEST_CASE("what no text may hold is refused as bad data") {
    Server server;
    PgBinaryArray texts(PgType::text);
    texts.add(std::string_view("a\0b", 3));
    CHECK_THROWS_AS(server.read(texts), pqxx::data_exception);
    PgBinaryArray documents(PgType::json);
    documents.add("{");
    CHECK_THROWS_AS(server.read(documents), pqxx::data_exception);
}
