#include "tests/support/tenant.hpp"
#include "tests/support/wait.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <sstream>

namespace throughline {
namespace {

/// Values that stand nowhere else; each is remembered.
class Marks {
  public:
    std::string next() {
        marks_.push_back("zq" + std::to_string(1'000'000 + 7919 * marks_.size()) + "wx");
        return marks_.back();
    }
    [[nodiscard]] const std::vector<std::string>& all() const { return marks_; }

  private:
    std::vector<std::string> marks_;
};

/// Goes through every operation that the API describes, with marks wherever a client can say
/// something: path, query, headers and body, of the right form and of wrong ones.
class Tour {
  public:
    Tour(const std::string& url, std::string token, Json api)
        : client_(url), token_(std::move(token)), api_(std::move(api)) {
        client_.set_timeout(std::chrono::milliseconds(400)); // writes wait for the database
    }

    void go() {
        for (const JsonMember& path : *api_.find("paths")->object())
            for (const JsonMember& operation : *path.value.object()) {
                std::string method = operation.name;
                for (char& c : method) c = static_cast<char>(c & ~0x20);
                visit(method, path.name, operation.value);
            }
    }
    [[nodiscard]] const Marks& marks() const { return marks_; }

  private:
    void visit(const std::string& method, const std::string& path, const Json& operation) {
        const std::string query = "?" + query_of(operation);
        for (const bool has_token : {true, false}) {
            HttpHeaders headers = {{"User-Agent", marks_.next()}, {"Referer", marks_.next()},
                                   {"Cookie", marks_.next()},     {"X-User-Id", marks_.next()},
                                   {"Origin", marks_.next()},     {"tracestate", marks_.next()}};
            headers.emplace_back("Authorization", "Bearer " + (has_token ? token_ : marks_.next()));
            ask(method, filled(path, true), body_of_operation(operation), headers);
            ask(method, filled(path, false), std::nullopt, headers);
            ask(method, filled(path, true) + query, "{\"" + marks_.next() + "\":1}", headers);
            ask(method, filled(path, true) + "?" + marks_.next() + "=" + marks_.next(),
                "{broken " + marks_.next(), headers);
            for (const char* name :
                 {"Idempotency-Key", "If-Match", "traceparent", "X-Tenant-ID",
                  "Throughline-Min-Position", "Last-Event-ID", "Content-Type", "Prefer"}) {
                HttpHeaders more = headers;
                more.emplace_back(name, marks_.next());
                ask(method, filled(path, true), body_of_operation(operation), more);
            }
        }
    }

    /// The path with an id, or a mark, for each parameter.
    std::string filled(const std::string& path, bool with_ids) {
        std::string out;
        for (std::size_t at = 0; at < path.size(); ++at) {
            if (path[at] != '{') {
                out += path[at];
                continue;
            }
            const std::string name = path.substr(at + 1, path.find('}', at) - at - 1);
            at = path.find('}', at);
            const bool is_id = name.ends_with("id");
            out += with_ids && is_id ? "0198c5a2-7b1e-7c3d-9a4f-2b6d8e0f1a3c" : marks_.next();
        }
        return out;
    }

    std::string query_of(const Json& operation) {
        std::string out;
        const Json* const parameters = operation.find("parameters");
        if (parameters == nullptr) return out;
        for (const Json& parameter : *parameters->array())
            if (parameter.text("in") == "query")
                out += (out.empty() ? "" : "&") + parameter.text("name") + "=" + marks_.next();
        return out;
    }

    /// The example of its body, each text of it a mark; or what an upload may be.
    std::optional<std::string> body_of_operation(const Json& operation) {
        const Json* const body = operation.find("requestBody");
        if (body == nullptr) return std::nullopt;
        const Json* const json = body->find("content")->find("application/json");
        if (json == nullptr) return "name,email\n" + marks_.next() + "," + marks_.next() + "@b.c\n";
        const std::string component = json->find("schema")->text("$ref");
        const Json* const schema =
            api_.find("components")
                ->find("schemas")
                ->find(std::string_view(component).substr(component.rfind('/') + 1));
        JsonObject out;
        const Json* const properties = schema->find("properties"); // none where any JSON is taken
        for (const JsonMember& property : properties ? *properties->object() : JsonObject{})
            out.append(property.name,
                       property.name == "email" ? marks_.next() + "@example.com" : marks_.next());
        return to_text(out);
    }

    void ask(const std::string& method, const std::string& path,
             const std::optional<std::string>& body, const HttpHeaders& headers) {
        try {
            (void)client_.request(method, path, body, headers);
        } catch (const std::runtime_error&) {
            // Out of time: what was asked is under way all the same.
        }
    }

    HttpClient client_;
    std::string token_;
    Json api_;
    Marks marks_;
};

/// Every line is one JSON object that says when, how bad and what.
void check_lines(const std::string& log) {
    std::istringstream lines(log);
    std::size_t count = 0;
    for (std::string line; std::getline(lines, line); ++count) {
        const auto read = read_json(line);
        const Json* const json = std::get_if<Json>(&read);
        const bool is_object = json != nullptr && json->object() != nullptr;
        CHECK_MESSAGE(is_object, line);
        if (!is_object) continue;
        CHECK_MESSAGE(json->text("time").size() == 27, line);
        for (const char* name : {"level", "msg"}) CHECK_MESSAGE(!json->text(name).empty(), line);
    }
    CHECK(count > 0);
}

} // namespace

TEST_CASE("the log is JSON lines, and has nothing of what was sent through any route") {
    PrivatePostgres postgres(PrivatePostgres::Durability::none);
    ServerProcess server({{"DATABASE_URL", postgres.url()}, {"THROUGHLINE_TYPO", "1"}});
    const std::string token = register_owner(server.url(), "mark.of.mine@example.com");
    const Json api = body_of(HttpClient(server.url()).get("/openapi.json"));
    Tour tour(server.url(), token, api);
    tour.go();
    postgres.stop(); // now everything fails, and says so
    tour.go();
    CHECK(wait_until(
        [&] { return server.output().find("\"level\":\"error\"") != std::string::npos; }));
    postgres.start();
    CHECK(wait_until([&] { return HttpClient(server.url()).get("/ready").status == 200; }));
    CHECK(server.terminate() == 0);

    const std::string log = server.output();
    check_lines(log);
    for (const std::string& mark : tour.marks().all())
        CHECK_MESSAGE(log.find(mark) == std::string::npos, mark);
    for (const std::string& said : {std::string("mark.of.mine"), std::string("correct horse"),
                                    std::string("Olive Owner"), token})
        CHECK(log.find(said) == std::string::npos);
    // A failed request names its route and its trace.
    const auto failed = log.find("\"request failed\"");
    REQUIRE(failed != std::string::npos);
    const std::string line = log.substr(log.rfind('\n', failed) + 1,
                                        log.find('\n', failed) - log.rfind('\n', failed) - 1);
    CHECK(parse_json(line).text("trace_id").size() == 32);
    CHECK(parse_json(line).text("route").starts_with("/"));
}

TEST_CASE("a server that cannot start says why in the same form") {
    for (const Environment& environment :
         {Environment{{"PORT", "none"}, {"DATABASE_URL", "postgresql:///nowhere"}},
          Environment{{"DATABASE_URL", "postgresql://127.0.0.1:1/nowhere"}}}) {
        const FinishedProcess refused = run_process({{THROUGHLINE_BINARY, "serve"}, environment});
        CHECK(refused.status == 1);
        check_lines(refused.output);
        CHECK(refused.output.find("\"level\":\"critical\"") != std::string::npos);
    }
}

} // namespace throughline
