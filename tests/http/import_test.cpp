#include "bus/database.hpp"
#include "domain/id.hpp"
#include "tests/support/held_imports.hpp"
#include "tests/support/tenant.hpp"
#include "tests/support/wait.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <future>
#include <pqxx/pqxx>
#include <thread>

namespace throughline {
namespace {

const HttpHeaders csv = {{"Content-Type", "text/csv"}, {"Prefer", "wait=30"}};

HttpReply import_csv(HttpClient& client, const std::string& text, const std::string& query = "") {
    return client.post("/api/contacts/import" + query, text, csv);
}

std::int64_t count(const HttpReply& reply, std::string_view member) {
    REQUIRE_MESSAGE(reply.status == 200, reply.body);
    return body_of(reply).integer(member).value_or(-1);
}

} // namespace

TEST_CASE("a file is imported, its bad rows are reported with their lines") {
    TestServer server;
    HttpClient client = server.new_tenant();
    const HttpReply reply = import_csv(
        client, "Name,Email,Company\r\nAda,ada@example.com,\"Analytical\nEngines\"\r\n"
                "Bob,not an address,\r\n,,\r\nCyd,cyd@example.com,Analytical Engines\r\n");
    CHECK(count(reply, "created") == 2);
    CHECK(count(reply, "failed") == 1);
    const Json import = body_of(reply);
    const Json& error = import.find("errors")->array()->front();
    CHECK(error.integer("line") == 4);
    CHECK(error.text("pointer") == "/email");
    CHECK(error.text("code") == "invalid_format");
    const std::string path = *reply.header("Location");
    CHECK(body_of(client.get(path)).text("status") == "completed");
    CHECK(body_of(client.get(path + "/errors")).find("items")->array()->size() == 1);

    const HttpHeaders seen = {{"Throughline-Min-Position", *reply.header("Throughline-Position")}};
    const Json list = body_of(client.get("/api/contacts?sort=name", seen));
    REQUIRE(list.find("items")->array()->size() == 2);
    CHECK(list.find("items")->array()->front().text("organization") == "Analytical Engines");
    const Json audit =
        body_of(client.get("/api/audit-logs?channel=import&action_type=CREATE", seen));
    for (const Json& item : *audit.find("items")->array())
        CHECK(item.find("metadata")->text("import_id") == body_of(reply).text("id"));
    const Json told = body_of(client.get("/api/events?kind=import&id=" + import.text("id")));
    REQUIRE(told.find("items")->array()->size() == 3); // it began, its counts, its end
    CHECK((*told.find("items")->array())[1].find("data")->find("after")->integer("created") == 2);
    CHECK(told.find("items")->array()->back().text("type") == "import.completed");
    const Json events = body_of(client.get("/api/events?types=contact.created"));
    for (const Json& event : *events.find("items")->array()) {
        CHECK(event.text("correlationid") == body_of(reply).text("correlation_id"));
        CHECK_FALSE(event.text("traceparent").empty());
    }
}

TEST_CASE("a key imports once; without waiting the import is a job") {
    TestServer server;
    HttpClient client = server.new_tenant();
    const HttpHeaders keyed = {
        {"Content-Type", "text/csv"}, {"Prefer", "wait=30"}, {"Idempotency-Key", "file-1"}};
    const HttpReply first = client.post("/api/contacts/import", "name\nAda\n", keyed);
    CHECK(count(first, "created") == 1);
    CHECK(first.header("Preference-Applied") == "wait=30");
    const HttpReply again = client.post("/api/contacts/import", "name\nAda\n", keyed);
    CHECK(again.header("Idempotency-Replayed") == "true");
    CHECK(body_of(again).text("id") == body_of(first).text("id"));
    CHECK(client.post("/api/contacts/import", "name\nBob\n", keyed).status == 422);
    HttpHeaders made = keyed;
    made.back().second = "contact-1";
    REQUIRE(client.post("/api/contacts", R"({"name":"Eve"})", {made.back()}).status == 201);
    CHECK(client.post("/api/contacts/import", "name\nBob\n", made).status == 422);
    CHECK(client.post("/api/contacts", R"({"name":"Eve"})", {keyed.back()}).status == 422);
    CHECK(client.post("/api/organizations/import", "name\nAda\n", keyed).status == 422);
    CHECK(client.post("/api/contacts/import", "name\nAda\n", keyed).body == first.body);
    server.age_keys(25);
    const HttpReply late = client.post("/api/contacts/import", "name\nAda\n", keyed);
    CHECK(body_of(late).text("id") != body_of(first).text("id"));
    const HttpReply job =
        client.post("/api/contacts/import", "name\nCyd\n", {{"Content-Type", "text/csv"}});
    CHECK((job.status == 202 || job.status == 200));
    CHECK(job.header("Location").has_value());
    CHECK_FALSE(job.header("Preference-Applied"));
    CHECK(client.get("/api/imports/01890000-0000-7000-8000-000000000000").status == 404);
}

TEST_CASE("an import's position is its last event's, of one that is queued its first's") {
    TestServer server;
    HttpClient client = server.new_tenant();
    const auto positions_of = [&](const HttpReply& reply) {
        const Json told =
            body_of(client.get("/api/events?kind=import&id=" + body_of(reply).text("id")));
        std::vector<std::string> positions;
        for (const Json& event : *told.find("items")->array())
            positions.push_back(std::to_string(std::stoll(event.text("sequence"))));
        return positions;
    };
    HeldImports held(server, client);
    HttpHeaders keyed{{"Content-Type", "text/csv"}, {"Idempotency-Key", "file-1"}};
    const auto send = [&] { return client.post("/api/contacts/import", "name\nAda\n", keyed); };
    const HttpReply queued = send();
    REQUIRE_MESSAGE(queued.status == 202, queued.body);
    REQUIRE(positions_of(queued).size() == 1);
    CHECK(queued.header("Throughline-Position") == positions_of(queued).front());
    const HttpReply again = send();
    CHECK(again.status == 202);
    CHECK(again.header("Throughline-Position") == queued.header("Throughline-Position"));
    held.release();
    keyed.emplace_back("Prefer", "wait=30");
    for (const HttpReply& done : {send(), send(), import_csv(client, "name\nBob\n")}) {
        REQUIRE_MESSAGE(done.status == 200, done.body);
        REQUIRE(positions_of(done).size() == 3);
        CHECK(done.header("Throughline-Position") == positions_of(done).back());
    }
    const HttpReply tried = import_csv(client, "name\nCyd\n", "?dry_run=true");
    CHECK(count(tried, "created") == 1);
    CHECK_FALSE(tried.header("Throughline-Position").has_value());
}

TEST_CASE("imports that take their time leave workers to others") {
    TestServer server;
    const HttpHeaders owner{{"Authorization", "Bearer " + register_owner(server.url())}};
    HttpClient client(server.url(), owner);
    HeldImports held(server, client);
    std::atomic<int> answered = 0;
    std::atomic<int> done = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 20; ++i)
        threads.emplace_back([&] {
            HttpClient other(server.url(), owner);
            const int status = import_csv(other, "name\nAda\n").status;
            done += status == 200 ? 1 : 0;
            answered += status == 202 ? 1 : 0;
        });
    CHECK(wait_until([&] { return answered == 4; }));
    held.release();
    for (std::thread& thread : threads) thread.join();
    CHECK(done + answered == 20);
    CHECK(done > 0);
}

TEST_CASE("who waits for an import is answered when the server ends") {
    TestServer server;
    HttpClient client = server.new_tenant();
    HeldImports held(server, client);
    auto reply = std::async(std::launch::async, [&] { return import_csv(client, "name\nAda\n"); });
    const auto owner = connect(server.database().url(), Role::owner);
    REQUIRE(wait_until([&] {
        pqxx::nontransaction transaction(*owner);
        return transaction.exec("select from imports").size() == 1;
    }));
    CHECK(server.process().terminate() == 0);
    CHECK(reply.get().status == 202);
}

TEST_CASE("so many imports of a tenant wait and no more; another's are taken") {
    TestServer server;
    HttpClient client = server.new_tenant();
    HeldImports held(server, client);
    const auto send = [&](const char* path) {
        return client.post(path, "name\nAda\n", {{"Content-Type", "text/csv"}});
    };
    for (int i = 0; i < 20; ++i) REQUIRE(send("/api/contacts/import").status == 202);
    for (const char* const path : {"/api/contacts/import", "/api/organizations/import"}) {
        const HttpReply refused = send(path);
        CHECK(refused.status == 429);
        CHECK(refused.header("Retry-After").has_value());
    }
    HttpClient other = server.new_tenant("other@example.com");
    CHECK(count(import_csv(other, "name\nAda\n"), "created") == 1);
    held.release();
    CHECK(wait_until([&] { return send("/api/contacts/import").status == 202; }));
}

TEST_CASE("files wait for their import in one folder, which a restarted server knows again") {
    TestServer server;
    HttpClient client = server.new_tenant();
    HeldImports held(server, client);
    std::vector<std::string> ids;
    for (const char* const text : {"name\nAda\n", "name\nBob\n"}) {
        const HttpReply job =
            client.post("/api/contacts/import", text, {{"Content-Type", "text/csv"}});
        REQUIRE_MESSAGE(job.status == 202, job.body);
        ids.push_back(body_of(job).text("id"));
        REQUIRE(server.process().terminate() == 0);
        server.process().start();
    }
    std::vector<std::filesystem::path> folders;
    for (const auto& entry :
         std::filesystem::directory_iterator(server.process().data_folder() / "imports"))
        folders.push_back(entry.path());
    REQUIRE(folders.size() == 1);
    CHECK(parse_uuid(folders.front().filename().string()).has_value());
    for (const std::string& id : ids) CHECK(std::filesystem::exists(folders.front() / id));
    held.release();
    for (const std::string& id : ids)
        CHECK(wait_until([&] {
            return body_of(client.get("/api/imports/" + id)).text("status") == "completed";
        }));
    CHECK(wait_until([&] { return std::filesystem::is_empty(folders.front()); }));
}

TEST_CASE("what an import cannot mean is refused before anything is written") {
    TestServer server;
    HttpClient client = server.new_tenant();
    CHECK(import_csv(client, "").status == 422);
    CHECK(import_csv(client, "name\nAda\n", "?on_duplicate=merge").status == 422);
    CHECK(import_csv(client, "name\nAda\n", "?unknown=1").status == 400);
    const HttpReply field =
        import_csv(client, "A,name\nx,Ada\n", "?mapping=%7B%22A%22:%22nmae%22%7D");
    CHECK(first_error(field) == "unknown_field mapping");
    const HttpReply column =
        import_csv(client, "name\nAda\n", "?mapping=%7B%22B%22:%22phone%22%7D");
    CHECK(first_error(column) == "unknown_field mapping");
    CHECK(client.post("/api/contacts/import", "{}", {{"Content-Type", "application/pdf"}}).status ==
          415);
    const std::string form =
        "--x\r\nContent-Disposition: form-data; name=\"dry_run\"\r\n\r\nfalse\r\n"
        "--x\r\nContent-Disposition: form-data; name=\"file\"; "
        "filename=\"a.csv\"\r\n\r\nname\nAda\n\r\n--x--\r\n";
    const HttpHeaders multipart = {{"Content-Type", "multipart/form-data; boundary=x"},
                                   {"Prefer", "wait=30"}};
    CHECK(client.post("/api/contacts/import?dry_run=true", form, multipart).status == 422);
    CHECK(body_of(client.get("/api/events?types=contact.created")).find("items")->array()->empty());
    CHECK(count(client.post("/api/contacts/import", form, multipart), "created") == 1);
    std::string unknown = form;
    unknown.replace(unknown.find("dry_run"), 7, "a/b~");
    CHECK(first_error(client.post("/api/contacts/import", unknown, multipart)) ==
          "unknown_field /a~1b~0");
}

TEST_CASE("tags come back from a CSV export as they were, whatever they hold") {
    TestServer server;
    HttpClient client = server.new_tenant();
    const std::vector<std::string> tag_lists = {
        R"(["plain","two words"])", R"(["a;b","c"])", R"(["a,b"])",
        R"(["* starred"])",         R"(["[1]"])",     R"(["a ::: b"])",
        R"(["quo\"te","x"])",       R"(["[\"x\"]"])", R"(["back\\slash","y"])",
        R"(["=1+1",";"])"};
    for (std::size_t i = 0; i < tag_lists.size(); ++i)
        (void)create_contact(client, R"({"name":"N)" + std::to_string(i) + R"(","tags":)" +
                                         tag_lists[i] + "}");
    const std::string head = std::to_string(*body_of(client.get("/api/events")).integer("head"));
    const HttpReply table = client.get("/api/contacts/export?format=csv&sort=name",
                                       {{"Throughline-Min-Position", head}});
    REQUIRE(table.status == 200);
    const HttpReply imported = import_csv(client, table.body, "?on_duplicate=create");
    CHECK(count(imported, "created") == static_cast<std::int64_t>(tag_lists.size()));
    const Json list = body_of(
        client.get("/api/contacts?sort=name",
                   {{"Throughline-Min-Position", *imported.header("Throughline-Position")}}));
    REQUIRE(list.find("items")->array()->size() == 2 * tag_lists.size());
    for (std::size_t i = 0; i < 2 * tag_lists.size(); ++i)
        CHECK(to_text(*list.find("items")->array()->at(i).find("tags")) == tag_lists[i / 2]);
}

TEST_CASE("an export has the list's filters") {
    TestServer server;
    HttpClient client = server.new_tenant();
    const HttpReply reply = import_csv(client, "name,tags\nAda,x\nBob,y\nCyd,x\n");
    const HttpHeaders seen = {{"Throughline-Min-Position", *reply.header("Throughline-Position")}};
    const HttpReply lines = client.get("/api/contacts/export?format=ndjson&filter[tags]=X", seen);
    CHECK(lines.status == 200);
    CHECK(std::count(lines.body.begin(), lines.body.end(), '\n') == 2);
    const HttpReply table = client.get("/api/contacts/export?format=csv&sort=name", seen);
    CHECK(table.body.starts_with("id,name,email,"));
    CHECK(std::count(table.body.begin(), table.body.end(), '\n') == 4);
    CHECK(client.get("/api/contacts/export?format=pdf").status == 422);
}

} // namespace throughline
