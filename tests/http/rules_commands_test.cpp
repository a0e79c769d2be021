#include "domain/json.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/temporary_folder.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

using namespace throughline;

namespace {

FinishedProcess jsonlogic(const std::string& lines) {
    const TemporaryFolder folder;
    const auto input = folder.path() / "lines";
    std::ofstream(input) << lines;
    return run_process(
        {{"sh", "-c", R"(exec "$0" jsonlogic < "$1")", THROUGHLINE_BINARY, input.string()}, {}});
}

FinishedProcess cron(const std::vector<std::string>& arguments) {
    ChildCommand command{{THROUGHLINE_BINARY, "cron"}, {}};
    command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
    return run_process(command);
}

} // namespace

TEST_CASE("jsonlogic answers each line, and needs neither database nor configuration") {
    const FinishedProcess done = jsonlogic(
        "{\"rule\":{\"+\":[{\"var\":\"a\"},1]},\"data\":{\"a\":2}}\n"
        "{\"rule\":{\"/\":[1,0]}}\n"
        "{\"rule\":{\"throw\":{\"val\":\"e\"}},\"data\":{\"e\":{\"type\":\"mine\",\"n\":1}}}\n"
        "no JSON\n"
        "\n"
        "{\"rule\":{\"nope\":1},\"data\":null}\n"
        "{\"rule\":{\"var\":\"\"},\"data\":[1,null,\"x\"]}");
    CHECK(done.status == 0);
    std::vector<Json> answers;
    std::istringstream out(done.output);
    for (std::string line; std::getline(out, line);) answers.push_back(parse_json(line));
    REQUIRE(answers.size() == 7);
    CHECK(to_text(answers[0]) == R"({"result":3})");
    CHECK(answers[1].find("error")->text("type") == "NaN");
    CHECK(answers[1].find("error")->text("pointer") == "/~1");
    CHECK(answers[2].find("error")->text("type") == "mine");
    CHECK(answers[2].find("error")->integer("n") == 1);
    CHECK(answers[3].find("error")->text("type") == "Invalid JSON");
    CHECK(answers[4].find("error")->text("type") == "Invalid JSON");
    CHECK(answers[5].find("error")->text("type") == "Unknown Operator");
    CHECK(to_text(answers[6]) == R"({"result":[1,null,"x"]})");
}

TEST_CASE("cron prints the next times of a schedule, one a line, in UTC") {
    const FinishedProcess done = cron({"0 2 * * *", "--timezone", "America/New_York", "--after",
                                       "2026-03-07T12:00:00Z", "--count", "2"});
    CHECK(done.status == 0);
    CHECK(done.output == "2026-03-08T07:00:00Z\n2026-03-09T06:00:00Z\n");
    CHECK(cron({"0 0 31 2 *", "--after", "2026-01-01T00:00:00Z"}).output.empty());
    for (const auto& [arguments, told] :
         std::vector<std::pair<std::vector<std::string>, std::string>>{
             {{"61 * * * *"}, "minute"},
             {{"* * * * *", "--timezone", "Mars/Olympus"}, "Mars/Olympus"},
             {{"* * * * *", "--after", "soon"}, "--after"},
             {{"* * * * *", "--count", "0"}, "--count"},
             {{}, "expression"}}) {
        const FinishedProcess refused = cron(arguments);
        CHECK(refused.status != 0);
        CHECK(refused.output.find(told) != std::string::npos);
    }
}
