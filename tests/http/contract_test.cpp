#include "tests/support/temporary_folder.hpp"
#include "tests/support/tenant.hpp"
#include "tests/support/wait.hpp"

#include <doctest/doctest.h>

namespace throughline {
namespace {

using namespace std::chrono_literals;

const std::string source = THROUGHLINE_SOURCE_DIR;
const std::string programs = source + "/build/python/bin"; // script/python makes it

/// Runs one of script/python's programs in a folder that it may fill; the test fails with what it
/// printed.
void pass(const std::string& program, const std::vector<std::string>& arguments,
          const Environment& environment = {}) {
    const TemporaryFolder folder;
    ChildCommand command{{"sh", "-c", R"(cd "$0" && exec "$@")", folder.path().string()},
                         environment};
    command.arguments.push_back(programs + "/" + program);
    command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
    const FinishedProcess done = run_process(command, 800s);
    CHECK_MESSAGE(done.status == 0, done.output);
}

} // namespace

TEST_CASE("the description of the API is OpenAPI 3.1, with examples that are right") {
    const TestServer server;
    pass("python", {source + "/tests/contract/openapi.py", server.url()});
}

TEST_CASE("metrics are Prometheus text, and dashboard and alerts ask for none but these") {
    const TestServer server;
    HttpClient client = server.new_tenant();
    const char* const rule = R"({"name":"R","trigger":{"type":"event","event":"contact.created"},
        "actions":[{"type":"task.create","task_data":{"title":"Call"}}]})";
    REQUIRE(client.post("/api/automations", rule).status == 201);
    (void)create_contact(client, R"({"name":"Ada"})");
    const auto has_run = [&] {
        const std::string metrics = client.get("/metrics").body;
        return metrics.find("\nautomation_runs_total{") != std::string::npos &&
               metrics.find("\nautomation_run_duration_seconds_sum{") != std::string::npos;
    };
    CHECK(wait_until(has_run));
    pass("python", {source + "/tests/contract/metrics.py", server.url(),
                    source + "/docs/grafana/throughline.json", source + "/docs/operate.md"});
}

// Event streams have no end: events_test and websocket_test follow them. A sign-out would end the
// session that all the other calls belong to: identity_test signs out.
TEST_CASE("the API does what its description says, whatever is sent") {
    const TestServer server;
    const std::string token = register_owner(server.url());
    pass("schemathesis",
         {"--config-file", source + "/tests/contract/schemathesis.toml", "run",
          server.url() + "/openapi.json", "--header", "Authorization: Bearer " + token,
          "--exclude-path", "/api/events/stream", "--exclude-path", "/api/events/ws",
          "--exclude-path", "/api/auth/logout"},
         {{"SCHEMATHESIS_HOOKS", "hooks"}, {"PYTHONPATH", source + "/tests/contract"}});
}

} // namespace throughline
