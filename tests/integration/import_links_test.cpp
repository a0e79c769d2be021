#include "tests/integration/import_world.hpp"

namespace throughline {

namespace {

std::string with(std::string text, std::string_view old, std::string_view now) {
    const auto at = text.find(old);
    REQUIRE_MESSAGE(at != std::string::npos, text);
    return text.replace(at, old.size(), now);
}

} // namespace

TEST_CASE_FIXTURE(World, "a name that was edited beside the id that counts is told") {
    REQUIRE(import("name,email,company\nAda,a@x.co,Acme\n").progress.created == 1);
    for (const bool csv : {true, false}) {
        CAPTURE(csv);
        const auto again = [&](const std::string& text) {
            const ImportJob job = import(text, {{"on_duplicate", "update"}},
                                         csv ? ImportFormat::csv : ImportFormat::ndjson);
            CHECK(job.progress.unchanged == 1);
            return jobs.errors(tenant, job.id, 0, 10);
        };
        const std::string file = export_of(tenant, csv);
        CHECK(again(file).empty());
        CHECK(again(with(file, "Acme", "ACME")).empty());
        const auto errors = again(with(with(file, "Acme", "Other"), "Ann", "Bea"));
        REQUIRE(errors.size() == 2);
        CHECK(errors[0].line == (csv ? 2 : 1));
        CHECK(errors[0].pointer == "/organization");
        CHECK(errors[0].code == "invalid_format");
        CHECK(errors[0].detail == "It differs from organization_id, which counts.");
        CHECK(errors[1].pointer == "/owner");
    }
    CHECK(store.heads_by_title(tenant, "organization", "Other").empty());
}

} // namespace throughline
