#include "api/trace.hpp"
#include "api/url.hpp"
#include "tests/api/test_routes.hpp"

#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <pqxx/except>
#include <unistd.h>

namespace throughline {
namespace {

struct Fixture {
    FakeAuthenticator authenticator;
    FakePositions positions;
    int handled = 0;
    Denials denials;
    Application application{routes(), authenticator, positions, denials};

    Routes routes() {
        Routes out;
        const auto counting = [this](const Request& request) -> Result<Response> {
            ++handled;
            return json_response(200, request.json ? to_text(*request.json) : "null");
        };
        out.push_back(test_route("GET", "/things", counting, Permission::records_read));
        out.back().query = {
            {"limit", JsonObject{{"type", "integer"}, {"minimum", 1}, {"maximum", 200}}, ""},
            {"kind", JsonObject{{"type", "string"}, {"enum", JsonArray{"a", "b"}}}, ""},
            {"from", JsonObject{{"type", "string"}, {"format", "date-time"}}, ""},
            {"user", JsonObject{{"type", "string"}, {"format", "uuid"}}, ""},
            {"count", JsonObject{{"type", "boolean"}}, ""},
            {"filter[name]", JsonObject{{"type", "string"}}, ""}};
        out.push_back(test_route("GET", "/socket", counting, Permission::records_read));
        out.back().is_websocket = true;
        out.push_back(test_route("POST", "/things", counting, Permission::records_read));
        out.back().body.form = BodyRule::Form::json;
        out.push_back(
            test_route("POST", "/things/{id}/restore", counting, Permission::records_read));
        out.back().body.form = BodyRule::Form::optional_json;
        out.push_back(test_route("GET", "/admin", counting, Permission::audit_read));
        out.push_back(test_route("POST", "/import", counting, Permission::records_read));
        out.back().body = {BodyRule::Form::upload, "", {"text/csv"}, 1U << 20};
        out.push_back(test_route("GET", "/broken", [](const Request&) -> Result<Response> {
            throw std::runtime_error("select secret from passwords");
        }));
        out.push_back(test_route("GET", "/cut-off", [](const Request&) -> Result<Response> {
            throw pqxx::broken_connection("host=10.0.0.1");
        }));
        return out;
    }

    struct Answer {
        Response response;
        [[nodiscard]] int status() const { return response.status; }
        [[nodiscard]] std::string header(std::string_view name) const {
            for (const auto& [key, value] : response.headers)
                if (key == name) return value;
            return "";
        }
        /// The code of the first error.
        [[nodiscard]] std::string code() const {
            const Json problem = parse_json(response.body);
            const Json* const errors = problem.find("errors");
            return errors == nullptr || errors->array()->empty()
                       ? ""
                       : errors->array()->front().text("code");
        }
    };

    Answer ask(Request request) {
        Plan plan = application.plan(request, request.body.size());
        return {application.respond(plan, request)};
    }

    static Request request(std::string method, std::string target, std::string body = "") {
        Request out;
        out.method = std::move(method);
        out.target = std::move(target);
        out.body = std::move(body);
        out.headers = {{"authorization", "Bearer member"}, {"content-type", "application/json"}};
        return out;
    }

    Answer get(std::string target) { return ask(request("GET", std::move(target))); }
    Answer post(std::string body) { return ask(request("POST", "/api/things", std::move(body))); }

    Answer post_as(const std::string& media_type) {
        Request sent = request("POST", "/api/things", "{}");
        sent.headers.back().second = media_type;
        return ask(std::move(sent));
    }
};

} // namespace

TEST_CASE_FIXTURE(Fixture, "a good request reaches its handler") {
    const Answer answer = post(R"({"amount": 1200.10})");
    CHECK(answer.status() == 200);
    CHECK(answer.response.body == R"({"amount":1200.10})");
    CHECK(answer.header("X-Content-Type-Options") == "nosniff");
    CHECK(handled == 1);
}

TEST_CASE_FIXTURE(Fixture, "token and role are checked before anything else") {
    Request nobody = request("POST", "/api/things?wrong=1", "{");
    nobody.headers.clear();
    const Answer refused = ask(std::move(nobody));
    CHECK(refused.status() == 401);
    CHECK(refused.header("WWW-Authenticate") == "Bearer");
    CHECK(get("/api/admin").status() == 403);
    MetricsText counted;
    denials.write(counted);
    CHECK(counted.text().find("access_denied_total{permission=\"audit.read\"} 1\n") !=
          std::string::npos);
    Request admin = request("GET", "/api/admin");
    admin.headers.front().second = "Bearer admin";
    CHECK(ask(std::move(admin)).status() == 200);
    CHECK(handled == 1);
}

TEST_CASE_FIXTURE(Fixture, "no route, wrong method, OPTIONS") {
    CHECK(get("/api/nothing").status() == 404);
    const Answer wrong = ask(request("DELETE", "/api/things"));
    CHECK(wrong.status() == 405);
    CHECK(wrong.header("Allow") == "GET, HEAD, OPTIONS, POST");
    const Answer options = ask(request("OPTIONS", "/api/things"));
    CHECK(options.status() == 204);
    CHECK(options.header("Allow") == "GET, HEAD, OPTIONS, POST");
}

TEST_CASE_FIXTURE(Fixture, "media types") {
    CHECK(post_as("application/json").status() == 200);
    CHECK(post_as("Application/Merge-Patch+JSON; charset=\"UTF-8\"").status() == 200);
    CHECK(post_as("application/json; charset=latin1").status() == 415);
    CHECK(post_as("text/plain").status() == 415);
    CHECK(post_as("").status() == 415);
    Request packed = request("POST", "/api/things", "{}");
    packed.headers.emplace_back("content-encoding", "gzip");
    CHECK(ask(std::move(packed)).status() == 415);
    Request empty = request("POST", "/api/things/01890a5d-ac96-774b-bcce-b302099a8057/restore");
    empty.headers.pop_back();
    CHECK(ask(std::move(empty)).status() == 200);
}

TEST_CASE_FIXTURE(Fixture, "bodies that cannot be taken") {
    const auto check = [this](const std::string& body, int status, const std::string& code) {
        CAPTURE(body);
        const Answer answer = post(body);
        CHECK(answer.status() == status);
        CHECK(answer.code() == code);
    };
    check("", 400, "malformed_json");
    check("{", 400, "malformed_json");
    check(R"({"a": 1, "a": 2})", 400, "malformed_json");
    check(R"({"a": "\u0000"})", 400, "malformed_json");
    check("{\"a\": \"\xff\"}", 400, "malformed_json");
    check("{\"a\": " + std::string(70, '[') + std::string(70, ']') + "}", 400, "too_deep");
    check(R"({"a": )" + std::string(41, '9') + "}", 422, "invalid_format");
    check(R"({"a": 1e309})", 422, "invalid_format");
    check("[]", 422, "invalid_type");
    check("null", 422, "invalid_type");
    CHECK(handled == 0);
}

TEST_CASE_FIXTURE(Fixture, "query parameters") {
    const auto check = [this](const std::string& query, int status, const std::string& code) {
        CAPTURE(query);
        const Answer answer = get("/api/things?" + query);
        CHECK(answer.status() == status);
        if (status != 200) CHECK(answer.code() == code);
    };
    check("limit=200&kind=a&count=true", 200, "");
    check("&&", 200, "");
    check("from=2026-03-08T06:00:00+02:00", 200, "");
    check("filter[name][contains]=x&filter%5Bmetadata.tier%5D=gold", 200, "");
    check("as_of=3", 400, "unknown_parameter");
    check("limit=1&limit=2", 400, "unknown_parameter");
    check("limit=201", 422, "too_large");
    check("limit=0", 422, "invalid_format");
    check("limit=1.5", 422, "invalid_type");
    check("limit=99999999999999999999", 422, "invalid_type");
    check("limit=", 422, "invalid_type");
    check("kind=c", 422, "invalid_choice");
    check("from=yesterday", 422, "invalid_format");
    check("user=7", 422, "invalid_format");
    check("count=maybe", 422, "invalid_type");
    check("kind=%zz", 400, "");
    check("kind=%ff", 400, "");
}

TEST_CASE_FIXTURE(Fixture, "a read waits for a position and says where it stands") {
    const auto at = [this](const std::string& position) {
        Request read = request("GET", "/api/things");
        read.headers.emplace_back("throughline-min-position", position);
        return ask(std::move(read));
    };
    CHECK(at("10").status() == 200);
    const Answer late = at("11");
    CHECK(late.status() == 503);
    CHECK(late.header("Retry-After") == "1");
    CHECK(late.header("Throughline-Position") == "10");
    CHECK(at("-1").status() == 400);
    CHECK(at("ten").status() == 400);
    CHECK(at("99999999999999999999").status() == 400);
}

TEST_CASE_FIXTURE(Fixture, "who has not said yet who he is waits for no position") {
    const auto at_eleven = [this](std::vector<std::pair<std::string, std::string>> headers) {
        Request upgrade = request("GET", "/api/socket");
        upgrade.headers = std::move(headers);
        upgrade.headers.emplace_back("throughline-min-position", "11");
        return ask(std::move(upgrade)).status();
    };
    CHECK(at_eleven({}) == 200);
    CHECK(at_eleven({{"authorization", ""}}) == 401); // a wrong token, not none
    CHECK(at_eleven({{"authorization", "Bearer member"}}) == 503);
}

TEST_CASE_FIXTURE(Fixture, "a fault is opaque, a database out of reach is 503") {
    const Answer broken = get("/api/broken");
    CHECK(broken.status() == 500);
    CHECK(broken.response.body.find("secret") == std::string::npos);
    CHECK(parse_json(broken.response.body).text("trace_id").size() == 32);
    const Answer cut_off = get("/api/cut-off");
    CHECK(cut_off.status() == 503);
    CHECK(cut_off.response.body.find("10.0.0.1") == std::string::npos);
    CHECK(cut_off.header("Retry-After") == "1");
}

TEST_CASE_FIXTURE(Fixture, "a body over the limit is refused from its head") {
    Request large = request("POST", "/api/things");
    const Plan plan = application.plan(large, (1U << 20) + 1);
    REQUIRE(plan.refusal.has_value());
    CHECK(plan.refusal->status == 413);
    CHECK_FALSE(application.plan(large, 1U << 20).refusal.has_value());
}

TEST_CASE_FIXTURE(
    Fixture, "an upload is admitted before its body, and its file goes where no handler takes it") {
    Request upload = request("POST", "/api/import?wrong=1");
    upload.headers.back().second = "text/csv; charset=windows-1252";
    Plan plan = application.plan(upload, 5);
    CHECK(plan.spools);
    application.admit(plan, upload);
    REQUIRE_FALSE(plan.refusal.has_value());
    const auto file = std::filesystem::temp_directory_path() /
                      ("throughline-upload-" + std::to_string(::getpid()));
    std::ofstream(file) << "a,b\n";
    upload.upload = file;
    CHECK(application.respond(plan, upload).status == 400);
    CHECK_FALSE(std::filesystem::exists(file));

    Request wrong = request("POST", "/api/import");
    wrong.headers.emplace_back("content-length", "5");
    Plan refused = application.plan(wrong, 5);
    application.admit(refused, wrong);
    REQUIRE(refused.refusal.has_value());
    CHECK(refused.refusal->status == 415);
}

TEST_CASE_FIXTURE(Fixture, "a valid traceparent is taken, any other replaced") {
    const std::string valid = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    const auto taken = [&](std::initializer_list<std::string> given) {
        Request traced = request("GET", "/api/things");
        for (const std::string& value : given) traced.headers.emplace_back("traceparent", value);
        traced.headers.emplace_back("tracestate", "vendor=opaque,,;bad=\x01");
        (void)application.plan(traced, {});
        CHECK(trace_id_of(traced.traceparent).size() == 32);
        return traced.traceparent;
    };
    CHECK(taken({valid}) == valid);
    // A later version is read as far as it is known.
    CHECK(taken({"cc" + valid.substr(2) + "-more"}) == valid);
    for (const std::string wrong :
         {"", "00", "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
          "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
          "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
          "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
          "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
          "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0x"})
        CHECK_MESSAGE(trace_id_of(taken({wrong})) != "4bf92f3577b34da6a3ce929d0e0e4736", wrong);
    CHECK(trace_id_of(taken({valid, valid})) != "4bf92f3577b34da6a3ce929d0e0e4736");
    CHECK(taken({}) != taken({}));
}

TEST_CASE_FIXTURE(Fixture, "an answer names its trace, and its problem too") {
    const std::string trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    Request traced = request("GET", "/api/nothing");
    traced.headers.emplace_back("traceparent", "00-" + trace + "-00f067aa0ba902b7-01");
    const Answer answer = ask(std::move(traced));
    CHECK(answer.header("traceparent") == "00-" + trace + "-00f067aa0ba902b7-01");
    CHECK(parse_json(answer.response.body).text("trace_id") == trace);
}

TEST_CASE_FIXTURE(Fixture, "the path is the same with and without version, decoded") {
    Request versioned = request("GET", "/api/v1/thin%67s?limit=1");
    (void)application.plan(versioned, {});
    CHECK(versioned.path == "/api/things");
    Request absolute = request("GET", "http://example.com/api/things");
    CHECK(application.plan(absolute, {}).route != nullptr);
    for (const char* const pathless :
         {"http://example.com?x=/api/things", "http://example.com#/api/things"}) {
        Request elsewhere = request("GET", pathless);
        CHECK(application.plan(elsewhere, {}).route == nullptr);
    }
}

TEST_CASE("a target is split at its first question mark, behind its authority") {
    const auto is_split = [](std::string_view target, std::string_view path,
                             std::string_view query) {
        const RequestTarget split = split_target(target);
        return split.path == path && split.query == query;
    };
    CHECK(is_split("/a?b=/c?d#e", "/a", "b=/c?d"));
    CHECK(is_split("/a", "/a", ""));
    CHECK(is_split("/a?", "/a", ""));
    CHECK(is_split("*", "*", ""));
    CHECK(is_split("http://a/b?c", "/b", "c"));
    CHECK(is_split("http://a", "/", ""));
    CHECK(is_split("http://a?b=/c", "/", "b=/c"));
    CHECK(is_split("http://a#/b?c", "/", ""));
}

TEST_CASE_FIXTURE(Fixture, "requests are counted by route and status") {
    CHECK(get("/api/things").status() == 200);
    CHECK(get("/api/nothing").status() == 404);
    MetricsText text;
    application.metrics().write(text, application.routes());
    CHECK(text.text().find(R"(http_requests_total{method="GET",route="/things",status="200"} 1)") !=
          std::string::npos);
    CHECK(
        text.text().find(R"(http_requests_total{method="any",route="unmatched",status="404"} 1)") !=
        std::string::npos);
    CHECK(text.text().find(R"(http_request_seconds_count{method="GET",route="/things"} 1)") !=
          std::string::npos);
}

} // namespace throughline
