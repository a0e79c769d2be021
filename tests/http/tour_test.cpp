#include "tests/support/tenant.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace throughline {
namespace {

void replace_all(std::string& text, const std::string& what, const std::string& with) {
    for (std::size_t at = text.find(what); at != std::string::npos;
         at = text.find(what, at + with.size()))
        text.replace(at, what.size(), with);
}

/// The README's commands as one shell script, with this test's server for the newcomer's.
std::string tour_script(const std::string& url) {
    const std::string readme =
        text_of_file(std::filesystem::path(THROUGHLINE_SOURCE_DIR) / "README.md");
    std::string script = "set -e -o pipefail\n";
    for (std::size_t at = readme.find("<!-- tour"); at != std::string::npos;
         at = readme.find("<!-- tour", at + 1)) {
        const bool endless = readme.compare(at, 17, "<!-- tour: stream") == 0;
        const std::size_t begin = readme.find("```sh\n", at) + 6;
        const std::string block = readme.substr(begin, readme.find("```", begin) - begin);
        // The stream never ends by itself; a few seconds show enough of it.
        script += endless ? "(" + block.substr(0, block.size() - 1) +
                                " --max-time 5 --retry 0) || [ $? = 28 ]\n"
                          : block;
        script += "\necho; echo '--- end of block'\n";
    }
    replace_all(script, "http://localhost:8080", url);
    replace_all(script, "build/release/throughline", THROUGHLINE_BINARY);
    return script;
}

} // namespace

TEST_CASE("the README's tour works as printed") {
    TestServer server;
    TemporaryFolder folder;
    const auto script = folder.path() / "tour.sh";
    std::ofstream(script) << tour_script(server.url());
    // A 503 is asked again, as the README says.
    std::ofstream(folder.path() / ".curlrc") << "fail\nretry = 9\n";
    const ChildCommand command{
        {"bash", "-c", "cd " THROUGHLINE_SOURCE_DIR " && bash " + script.string()},
        {{"DATABASE_URL", server.database().url()},
         {"DATA_DIR", server.process().data_folder().string()},
         {"CURL_HOME", folder.path().string()}}};
    const FinishedProcess tour = run_process(command);
    INFO(tour.output);
    CHECK(tour.status == 0);
    const auto shows = [&](const std::string& text) {
        return tour.output.find(text) != std::string::npos;
    };
    CHECK(shows(R"("organization":"Analytical Engines")"));
    CHECK(shows(R"("created":200)"));
    CHECK(shows(R"("skipped":200)"));
    CHECK(shows(R"("total":201)"));
    CHECK(shows("Status changed: New → Qualified"));
    CHECK(shows(R"("stage":"won")"));
    CHECK(shows(R"("weighted_value":1200.5)"));
    CHECK(shows(R"("action":"STATUS_CHANGE")"));
    CHECK(shows(R"("after":{"status":"new"}}],"conflicts":[],"applied":1)"));
    CHECK(shows("data: {\"specversion\":\"1.0\""));
    CHECK(shows("Call Alan"));
    CHECK_FALSE(shows("problem"));
}

} // namespace throughline
