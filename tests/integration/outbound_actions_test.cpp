#include "bus/ids.hpp"
#include "domain/record/kind.hpp"
#include "handlers/automation/actions/outbound.hpp"
#include "handlers/mail_folder.hpp"
#include "handlers/outbound/smtp_mailer.hpp"
#include "tests/support/commands.hpp"
#include "tests/support/http_sink.hpp"
#include "tests/support/identity_world.hpp"
#include "tests/support/smtp_sink.hpp"
#include "tests/support/wait.hpp"

#include <doctest/doctest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

using namespace throughline;

namespace {

std::string base64(std::string_view bytes) {
    std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');
    const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                     reinterpret_cast<const unsigned char*>(bytes.data()),
                                     static_cast<int>(bytes.size()));
    return out.substr(0, static_cast<std::size_t>(size));
}

std::string unbase64(std::string_view text) {
    std::string out(text.size(), '\0');
    EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                    reinterpret_cast<const unsigned char*>(text.data()),
                    static_cast<int>(text.size()));
    return out.substr(0, 32);
}

std::string hmac_sha256(std::string_view key, std::string_view text) {
    std::string out(32, '\0');
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
         reinterpret_cast<const unsigned char*>(text.data()), text.size(),
         reinterpret_cast<unsigned char*>(out.data()), nullptr);
    return out;
}

/// A tenant that lets its rules reach 127.0.0.1, and the actions as the server has them.
struct World : IdentityWorld {
    Registry registry = standard_registry();
    RecordCommands commands{store, registry};
    Tenants tenants{store, commands};
    KeyRing ring = *KeyRing::read(std::string(64, '1'));
    Secrets secrets{system, ring};
    SmtpSink sink_of_mail;
    SmtpMailer mailer{*read_smtp_url(sink_of_mail.url()), "no-reply@crm.example"};
    GuardedHttp http{AddressRules({parse_network("127.0.0.1").value()})};
    OpenApiDocuments documents{store, commands, http};
    Actions actions;
    RunFacts run;
    Uuid effect_id = new_id();

    World() {
        run.tenant = register_tenant("ada@example.com").as.tenant.id;
        run.run = new_id();
        run.event.position = 7;
        run.event.id = new_id();
        run.event.tenant = run.tenant;
        run.event.stream = {"contact", new_id()};
        run.event.version = 1;
        run.event.type = "contact.created";
        run.event.data = R"({"name":"Ada"})";
        add_outbound_actions(actions, {http, tenants, documents, secrets, mailer});
        allow(JsonArray{"127.0.0.1"});
    }

    CommandContext context() const {
        CommandContext out;
        out.tenant = run.tenant;
        out.caller = Caller::system();
        out.command_id = new_id();
        return out;
    }
    void allow(const JsonArray& hosts) {
        REQUIRE(tenants.change(context(), JsonObject{{"http_allowlist", hosts}}).has_value());
    }
    EffectResult act(const std::string& type, const JsonObject& parameters) {
        return actions.at(type)({effect_id, run, type, parameters});
    }
    Json done(const std::string& type, const JsonObject& parameters) {
        const EffectResult result = act(type, parameters);
        if (const auto* const failed = std::get_if<Failed>(&result)) FAIL(failed->detail);
        return std::get<Done>(result).output;
    }
    Failed failed(const std::string& type, const JsonObject& parameters) {
        const EffectResult result = act(type, parameters);
        REQUIRE(std::holds_alternative<Failed>(result));
        return std::get<Failed>(result);
    }
};

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE_FIXTURE(World, "a request goes out under the effect's id, and its answer comes back") {
    HttpSink sink([](const SunkRequest&) {
        return http_answer(201, R"({"id":7,"price":1.50})",
                           "Content-Type: application/json\r\nETag: \"1\"\r\nSet-Cookie: a=b\r\n");
    });
    const JsonObject parameters{
        {"method", "POST"},
        {"url", sink.url("/orders")},
        {"headers", JsonObject{{"X-One", "1"}, {"idempotency-key", "mine"}}},
        {"body", JsonObject{{"name", "Ada"}}}};
    const Json output = done("http.request", parameters);
    CHECK(to_text(output) ==
          R"({"status":201,"headers":{"content-type":"application/json","etag":"\"1\""},)"
          R"("body":{"id":7,"price":1.50},"truncated":false})");
    static_cast<void>(done("http.request", parameters));
    const auto requests = sink.requests();
    REQUIRE(requests.size() == 2);
    for (const SunkRequest& request : requests) {
        CHECK(request.header("Idempotency-Key") == to_string(effect_id));
        CHECK(request.header("Content-Type") == "application/json");
        CHECK(request.header("X-One") == "1");
        CHECK(request.body == R"({"name":"Ada"})");
    }
    JsonObject text = parameters;
    text.set("body", "a=b");
    static_cast<void>(done("http.request", text));
    CHECK(sink.requests().back().body == "a=b");
    CHECK(sink.requests().back().header("Content-Type").empty());
}

TEST_CASE_FIXTURE(World, "what a status means for another attempt") {
    int status = 200;
    std::string more;
    HttpSink sink([&](const SunkRequest&) { return http_answer(status, "no", more); });
    const JsonObject get{{"method", "GET"}, {"url", sink.url()}};
    for (status = 200; status < 300; status += 4) static_cast<void>(done("http.request", get));
    for (const int transient : {408, 425, 429, 500, 502, 503, 504}) {
        status = transient;
        const Failed failure = failed("http.request", get);
        CHECK(failure.is_transient);
        CHECK(failure.detail == "the answer is " + std::to_string(status));
        CHECK(failure.output.integer("status") == status);
        CHECK(failure.output.text("body") == "no");
        CHECK_FALSE(failure.retry_after.has_value());
    }
    for (const int lasting : {304, 400, 401, 403, 404, 409, 410, 422}) {
        status = lasting;
        CHECK_FALSE(failed("http.request", get).is_transient);
    }
    status = 429;
    more = "Retry-After: 17\r\n";
    CHECK(failed("http.request", get).retry_after == std::chrono::seconds(17));
    more = "Retry-After: 99999999999\r\n";
    CHECK(failed("http.request", get).retry_after == std::chrono::hours(24));
    more = "Retry-After: Wed, 21 Oct 2015 07:28:00 GMT\r\n";
    CHECK(failed("http.request", get).retry_after == std::chrono::seconds(0));
    more = "Retry-After: Wed, 21 Oct 2065 07:28:00 GMT\r\n";
    CHECK(failed("http.request", get).retry_after == std::chrono::hours(24));
    more = "Retry-After: soon\r\n";
    CHECK_FALSE(failed("http.request", get).retry_after.has_value());
    const JsonObject closed{{"method", "GET"},
                            {"url", "http://127.0.0.1:" + std::to_string(free_port())}};
    CHECK(failed("http.request", closed).is_transient);
}

TEST_CASE_FIXTURE(World, "what comes back is kept in bounds") {
    std::string body;
    std::string type = "application/json";
    HttpSink sink([&](const SunkRequest&) {
        return http_answer(200, body, "Content-Type: " + type + "\r\n");
    });
    const auto kept = [&](const std::string& sent) {
        body = sent;
        return done("http.request", {{"method", "GET"}, {"url", sink.url()}});
    };
    CHECK(kept("{} no").text("body") == "{} no");
    CHECK(kept(std::string(40, '[') + std::string(40, ']')).text("body").size() == 80);
    CHECK(kept("\xFF\xFE").find("body")->is_null());
    CHECK(kept("").find("body")->is_null());
    type = "text/plain";
    CHECK(kept("{}").text("body") == "{}");
    std::string umlauts;
    for (int i = 0; i < 700'000; ++i) umlauts += "ü";
    const Json cut = kept("x" + umlauts);
    CHECK(*cut.find("truncated") == Json(true));
    CHECK(cut.text("body").size() == (256U << 10) - 1);
}

TEST_CASE_FIXTURE(World, "nothing leaves for a host that the tenant does not allow") {
    HttpSink sink([](const SunkRequest&) { return http_answer(200); });
    allow({});
    for (const char* const type : {"http.request", "webhook.publish"}) {
        const Failed failure = failed(type, {{"method", "GET"}, {"url", sink.url()}});
        CHECK_FALSE(failure.is_transient);
        CHECK(has(failure.detail, "http_allowlist"));
    }
    allow(JsonArray{"localhost", "169.254.169.254"});
    CHECK_FALSE(failed("http.request",
                       {{"method", "GET"}, {"url", "http://169.254.169.254/latest/meta-data/"}})
                    .is_transient);
    CHECK(sink.requests().empty());
}

TEST_CASE_FIXTURE(World, "a webhook is signed as Standard Webhooks has it") {
    HttpSink sink([](const SunkRequest&) { return http_answer(200); });
    static_cast<void>(done("webhook.publish", {{"url", sink.url("/hook")}}));
    static_cast<void>(
        done("webhook.publish", {{"url", sink.url()}, {"payload", JsonObject{{"a", 1}}}}));
    const auto requests = sink.requests();
    REQUIRE(requests.size() == 2);
    const std::string secret = webhook_secret(secrets, run.tenant);
    CHECK(secret.starts_with("whsec_"));
    CHECK(secrets.get(run.tenant, "webhook/outgoing") == secret);
    for (const SunkRequest& request : requests) {
        CHECK(request.method == "POST");
        CHECK(request.header("webhook-id") == to_string(effect_id));
        const std::string at = request.header("webhook-timestamp");
        CHECK(std::abs(std::stoll(at) -
                       std::chrono::duration_cast<std::chrono::seconds>(now().time_since_epoch())
                           .count()) < 60);
        CHECK(request.header("webhook-signature") ==
              "v1," + base64(hmac_sha256(unbase64(secret.substr(6)),
                                         to_string(effect_id) + "." + at + "." + request.body)));
    }
    CHECK(requests[0].body == to_cloudevent(run.event));
    CHECK(requests[0].header("Content-Type") == "application/cloudevents+json");
    CHECK(requests[1].body == R"({"a":1})");
    CHECK(requests[1].header("Content-Type") == "application/json");
    const Failed unknown = failed("webhook.publish", {{"webhook_id", to_string(new_id())}});
    CHECK_FALSE(unknown.is_transient);
    CHECK(has(unknown.detail, "no register of webhooks"));
}

TEST_CASE_FIXTURE(World, "the secret of a tenant is made once, whoever asks first") {
    const std::string first = secrets.get_or_keep(run.tenant, "x", "one");
    CHECK(first == "one");
    CHECK(secrets.get_or_keep(run.tenant, "x", "two") == "one");
    CHECK(webhook_secret(secrets, run.tenant) == webhook_secret(secrets, run.tenant));
    CHECK(webhook_secret(secrets, run.tenant) != webhook_secret(secrets, new_id()));
}

TEST_CASE_FIXTURE(World, "an operation of a described API is called") {
    HttpSink sink([](const SunkRequest&) { return http_answer(200, "done"); });
    const Json body = parse_json(
        R"({"name":"Pets","document":{"openapi":"3.1.0","servers":[{"url":")" + sink.url("/v1") +
        R"("}],"paths":{"/pets/{id}":{"put":{"operationId":"putPet","parameters":[)"
        R"({"name":"id","in":"path"},{"name":"X-A","in":"header"},{"name":"q","in":"query"}],)"
        R"("requestBody":{"content":{"application/json":{}}}}}}}})");
    const auto added = finish(documents.add(context(), body, {}));
    REQUIRE(added.has_value());
    for (const std::string& document : {std::string("Pets"), to_string(added->id)})
        static_cast<void>(
            done("http.openapi",
                 {{"document", document},
                  {"operation_id", "putPet"},
                  {"parameters", JsonObject{{"id", "a b"}, {"X-A", 1}, {"q", JsonArray{1, 2}}}},
                  {"body", JsonObject{{"name", "Rex"}}}}));
    const auto requests = sink.requests();
    REQUIRE(requests.size() == 2);
    for (const SunkRequest& request : requests) {
        CHECK(request.method == "PUT");
        CHECK(request.target == "/v1/pets/a%20b?q=1&q=2");
        CHECK(request.header("X-A") == "1");
        CHECK(request.header("Idempotency-Key") == to_string(effect_id));
        CHECK(request.header("Content-Type") == "application/json");
        CHECK(request.body == R"({"name":"Rex"})");
    }
    const auto detail = [&](const JsonObject& parameters) {
        const Failed failure = failed("http.openapi", parameters);
        CHECK_FALSE(failure.is_transient);
        return failure.detail;
    };
    CHECK(has(detail({{"document", "Pets"}, {"operation_id", "putPet"}}), "/parameters/id: "));
    CHECK(has(detail({{"document", "Pets"}, {"operation_id", "other"}}), "no operation"));
    CHECK(has(detail({{"document", "Cats"}, {"operation_id", "x"}}), "no OpenAPI document"));
    REQUIRE(finish(documents.remove(context(), added->id)).has_value());
    for (const std::string& document : {std::string("Pets"), to_string(added->id)})
        CHECK(has(detail({{"document", document}, {"operation_id", "putPet"}}),
                  "no OpenAPI document"));
    CHECK(sink.requests().size() == 2);
}

TEST_CASE_FIXTURE(World, "an email goes to all, twice under one Message-ID") {
    const JsonObject parameters{{"to_email", JsonArray{"ada@example.com", "bob@example.com"}},
                                {"subject", "Hi"},
                                {"body", "Hello"},
                                {"html", "<b>Hello</b>"},
                                {"cc", "cy@example.com, dee@example.com"}};
    for (int i = 0; i < 2; ++i)
        CHECK(done("email.send", parameters).text("message_id") == to_string(effect_id));
    const auto messages = sink_of_mail.messages();
    REQUIRE(messages.size() == 2);
    for (const auto& message : messages) {
        CHECK(message.envelope.find("to")->array()->size() == 4);
        CHECK(has(message.text, "Message-ID: <" + to_string(effect_id) + "@crm.example>"));
        CHECK(has(message.text, "Cc: <cy@example.com>,\r\n <dee@example.com>\r\n"));
    }
    const auto fate = [&](const Json& to, const Json& cc = {}) {
        return failed("email.send", {{"to_email", to}, {"subject", "x"}, {"cc", cc}}).is_transient;
    };
    CHECK(fate("later@example.com"));
    CHECK_FALSE(fate("refused@example.com"));
    CHECK_FALSE(fate(""));
    CHECK_FALSE(fate(nullptr));
    CHECK_FALSE(fate("nobody"));
    CHECK_FALSE(fate("ada@example.com", "eve@example.com\r\nBcc: x@example.com"));
    CHECK_FALSE(fate(JsonArray(51, "ada@example.com")));
    CHECK(sink_of_mail.messages().size() == 2);
}
