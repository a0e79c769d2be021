#include "tests/support/bystander.hpp"
#include "tests/support/raw_connection.hpp"
#include "tests/support/wait.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <thread>
#include <vector>

namespace throughline {
namespace {

constexpr std::size_t mebibyte = 1U << 20;

std::string repeated(std::string_view text, std::size_t times) {
    std::string out;
    out.reserve(text.size() * times);
    for (std::size_t i = 0; i < times; ++i) out += text;
    return out;
}

/// All files below a folder.
std::set<std::string> files_in(const std::filesystem::path& folder) {
    std::set<std::string> out;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
        if (entry.is_regular_file()) out.insert(entry.path().string());
    return out;
}

std::int64_t head_of(HttpClient& client) {
    return *body_of(client.get("/api/events?limit=1")).integer("head");
}

std::string part(const std::string& disposition, const std::string& content) {
    return "--b\r\nContent-Disposition: form-data; " + disposition + "\r\n\r\n" + content + "\r\n";
}

} // namespace

TEST_CASE("a body with a content coding is not taken") {
    TestServer server;
    HttpClient client = server.new_tenant();
    const std::int64_t before = head_of(client);
    for (const char* coding : {"gzip", "deflate", "br", "zstd", "x-gzip", "identity, gzip", "GZIP"})
        for (const char* path : {"/api/contacts", "/api/contacts/import", "/api/auth/login"}) {
            const bool is_import = std::string(path).ends_with("import");
            const HttpReply reply =
                client.post(path, is_import ? "name\nAda\n" : R"({"name":"Ada"})",
                            {{"Content-Encoding", coding},
                             {"Content-Type", is_import ? "text/csv" : "application/json"}});
            CHECK_MESSAGE(reply.status == 415, path << " " << coding << reply.body);
        }
    RawConnection twice(server.process().port());
    twice.send("POST /api/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
               "Content-Encoding: identity\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n"
               "Connection: close\r\n\r\n{}");
    CHECK(twice.read_to_end().starts_with("HTTP/1.1 415 "));
    CHECK(head_of(client) == before);
    check_unharmed(server);
}

TEST_CASE("JSON that unfolds is refused for little memory and a short answer") {
    TestServer server;
    Bystander bystander(server);
    std::string names;
    for (int i = 0; i < 30'000; ++i) names += "\"" + std::to_string(i) + "\":0,";
    std::string more_names = names;
    for (int i = 30'000; i < 90'000; ++i) more_names += "\"" + std::to_string(i) + "\":0,";
    const std::vector<std::string> bombs = {
        R"({"x":[)" + repeated("0,", 520'000) + "0]}",
        R"({"x":[)" + repeated("{},", 340'000) + "0]}",
        R"({"x":)" + repeated("[", 500'000) + repeated("]", 500'000) + "}",
        "{" + names + R"("x":0})",
        "{" + more_names + R"("x":0})",
        R"({"x":")" + repeated(R"(\u0041)", 170'000) + "\"}",
        repeated(" ", 1'000'000) + "{}",
    };
    std::vector<std::thread> attackers;
    std::atomic<std::size_t> wrong = 0;
    std::atomic<std::size_t> longest = 0;
    for (int i = 0; i < 60; ++i)
        attackers.emplace_back([&, i] {
            HttpClient client(server.url());
            for (std::size_t n = 0; n < bombs.size(); ++n) {
                const HttpReply reply = client.post(
                    "/api/auth/login", bombs[(n + static_cast<std::size_t>(i)) % bombs.size()]);
                // 503: more of them at once than there is room for.
                if (reply.status != 422 && reply.status != 400 && reply.status != 503) ++wrong;
                if (reply.body.size() > longest) longest = reply.body.size();
            }
        });
    CHECK(bystander.is_served(30));
    for (std::thread& attacker : attackers) attacker.join();
    CHECK(wrong == 0);
    CHECK(longest < 100'000);
    CHECK(bystander.is_served());
    CHECK(bystander.fault().empty());
    check_unharmed(server);
}

TEST_CASE("multipart bodies that are none are refused and leave no file") {
    TestServer server;
    HttpClient client = server.new_tenant();
    const std::int64_t before = head_of(client);
    const auto folder = server.process().data_folder().parent_path();
    const auto files = files_in(folder);
    const std::string file = R"(name="file"; filename="a.csv")";
    const struct {
        const char* type;
        std::string body;
    } bad[] = {
        {"multipart/form-data", part(file, "name\nA\n") + "--b--\r\n"},
        {"multipart/form-data; boundary=", part(file, "name\nA\n") + "--b--\r\n"},
        {"multipart/form-data; boundary=\"", part(file, "name\nA\n") + "--b--\r\n"},
        {"multipart/form-data; boundary=other", part(file, "name\nA\n") + "--b--\r\n"},
        {"multipart/form-data; boundary=b", ""},
        {"multipart/form-data; boundary=b", "--b"},
        {"multipart/form-data; boundary=b", "--b--"},
        {"multipart/form-data; boundary=b", part(file, "name\nA\n")},
        {"multipart/form-data; boundary=b", part(file, "name\nA\n") + "--b"},
        {"multipart/form-data; boundary=b", "--b\r\n" + repeated("X: y\r\n", 200'000)},
        {"multipart/form-data; boundary=b", "--b\r\n" + repeated("-", 4 * mebibyte)},
        {"multipart/form-data; boundary=b", repeated(part(R"(name="x")", "y"), 50'000) + "--b--"},
        {"multipart/form-data; boundary=b",
         part(R"(name="x")", repeated("y", 100'000)) + part(file, "name\nA\n") + "--b--\r\n"},
        {"multipart/form-data; boundary=b", part(R"(name="mapping")", "{") + "--b--\r\n"},
        {"multipart/form-data; boundary=b",
         part(R"(name="mapping")", R"({"a":{"b":1}})") + part(file, "name\nA\n") + "--b--\r\n"},
        {"multipart/form-data; boundary=b",
         part(R"(name="../../evil")", "x") + part(file, "name\nA\n") + "--b--\r\n"},
        {"multipart/mixed; boundary=b", part(file, "name\nA\n") + "--b--\r\n"},
        {"text/html", "name\nA\n"},
    };
    for (const auto& one : bad) {
        const HttpReply reply =
            client.post("/api/contacts/import", one.body, {{"Content-Type", one.type}});
        CHECK_MESSAGE((reply.status == 400 || reply.status == 415 || reply.status == 422),
                      one.type << " " << one.body.substr(0, 80) << reply.status << reply.body);
        CHECK(reply.header("Content-Type") == "application/problem+json");
    }
    CHECK(client
              .post("/api/contacts/import", "name\nA\n",
                    {{"Content-Type", "multipart/form-data; boundary=" + repeated("b", 5000)}})
              .status == 400);
    CHECK(files_in(folder) == files);
    CHECK(head_of(client) == before);

    // The client's name of a file is only a name.
    const HttpReply traversing =
        client.post("/api/contacts/import",
                    part(R"(name="file"; filename="../../../evil.csv")", "name\nA\n") + "--b--\r\n",
                    {{"Content-Type", "multipart/form-data; boundary=b"}, {"Prefer", "wait=30"}});
    CHECK(traversing.status == 200);
    CHECK(wait_until([&] { return files_in(folder) == files; })); // its file goes after its end
    check_unharmed(server);
}

TEST_CASE("uploads that are too long, cut or no text leave nothing") {
    TestServer server;
    HttpClient client = server.new_tenant();
    const std::string token = register_owner(server.url(), "cut@example.com");
    const std::int64_t before = head_of(client);
    const auto spool = server.process().data_folder() / "spool";
    const std::string head = "POST /api/contacts/import HTTP/1.1\r\nHost: a\r\nAuthorization: "
                             "Bearer " +
                             token + "\r\nContent-Type: text/csv\r\n";
    Bystander bystander(server);

    RawConnection told(server.process().port());
    told.send(head + "Content-Length: 52428801\r\n\r\n");
    CHECK(told.read_until("\r\n").starts_with("HTTP/1.1 413 "));
    RawConnection untold(server.process().port());
    untold.send(head + "Transfer-Encoding: chunked\r\n\r\n");
    const std::string chunk = "100000\r\n" + repeated("a", mebibyte) + "\r\n";
    for (int i = 0; i < 52 && untold.send(chunk); ++i) {
    }
    CHECK(untold.read_until("\r\n").starts_with("HTTP/1.1 413 "));

    // A token that is none is refused before anything is stored.
    RawConnection nobody(server.process().port());
    nobody.send("POST /api/contacts/import HTTP/1.1\r\nHost: a\r\nContent-Type: text/csv\r\n"
                "Authorization: Bearer x\r\nContent-Length: 50000000\r\n\r\n");
    CHECK(nobody.read_until("\r\n").starts_with("HTTP/1.1 401 "));

    const auto is_spooling = [&] { return !files_in(spool).empty(); };
    for (const bool resets : {false, true}) {
        RawConnection cut(server.process().port());
        cut.send(head + "Content-Length: 10000000\r\n\r\nname\n" + repeated("Ada\n", 200'000));
        CHECK(wait_until(is_spooling));
        if (resets)
            cut.reset();
        else
            cut.finish_sending();
        CHECK(wait_until([&] { return !is_spooling(); }));
    }

    const std::vector<std::string> no_text = {
        std::string("\x1F\x8B\x08\0\0\0\0\0\0\x03", 10) + repeated("\xFF", 1000),
        std::string("PK\x03\x04") + std::string(1000, '\0'), std::string(100'000, '\0'),
        repeated("\"", 100'001), repeated(",", 1'000'000)};
    for (const std::string& bytes : no_text) {
        const HttpReply reply = client.post("/api/contacts/import", bytes,
                                            {{"Content-Type", "text/csv"}, {"Prefer", "wait=30"}});
        CHECK_MESSAGE((reply.status == 422 || body_of(reply).integer("created") == 0), reply.body);
    }
    CHECK(files_in(spool).empty());
    CHECK(bystander.is_served());
    CHECK(bystander.fault().empty());
    const Json events = body_of(client.get("/api/events?from=" + std::to_string(before)));
    CHECK(events.find("items")->array()->empty());
    check_unharmed(server);
}

} // namespace throughline
