#include "handlers/outbound/smtp_mailer.hpp"
#include "tests/support/smtp_sink.hpp"
#include "tests/support/wait.hpp"

#include <doctest/doctest.h>

using namespace throughline;

namespace {

const Uuid id = uuid_of("0190a7c0-0000-7000-8000-000000000001");

SmtpMailer mailer(const SmtpServer& server) { return {server, "no-reply@crm.example"}; }

SmtpServer plain(const SmtpSink& sink) { return *read_smtp_url(sink.url()); }

SmtpServer with_account(const SmtpSink& sink, const Certificate& trusted,
                        const std::string& password = "password") {
    SmtpServer server = plain(sink);
    server.username = "user";
    server.password = password;
    server.certificates = trusted.file().string();
    return server;
}

/// Whether it is refused, and whether that may pass.
std::string fate(SmtpMailer mailer, const Mail& mail) {
    try {
        mailer.send(mail);
        return "sent";
    } catch (const MailFault& fault) {
        CHECK(std::string(fault.what()).find("password") == std::string::npos);
        return fault.is_transient() ? "transient" : "lasting";
    }
}

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("a mail server takes what is sent, for all whom it is for") {
    const SmtpSink sink;
    Mail mail{"ada@example.com", "Grüße", "Hello\n.\nand on"};
    mail.html = "<p>Hello</p>";
    mail.also_to = {"bob@example.com"};
    mail.cc = {"cy@example.com", "ada@example.com"};
    mail.id = id;
    mailer(plain(sink)).send(mail);
    mailer(plain(sink)).send(mail);
    const auto messages = sink.messages();
    REQUIRE(messages.size() == 2);
    CHECK(messages[0].envelope.text("from") == "no-reply@crm.example");
    CHECK(to_text(*messages[0].envelope.find("to")) ==
          R"(["ada@example.com","bob@example.com","cy@example.com"])");
    for (const auto& message : messages) {
        CHECK(has(message.text, "Message-ID: <" + to_string(id) + "@crm.example>\r\n"));
        CHECK(has(message.text, "To: <ada@example.com>,\r\n <bob@example.com>\r\n"));
        CHECK(has(message.text, "Cc: <cy@example.com>,\r\n <ada@example.com>\r\n"));
        CHECK(has(message.text, "Subject: =?UTF-8?B?"));
        CHECK(has(message.text, "multipart/alternative"));
    }
}

TEST_CASE("an address that is not ASCII gets its mail") {
    const SmtpSink sink;
    mailer(plain(sink)).send({"jörg@example.com", "Hi", "Hello"});
    REQUIRE(sink.messages().size() == 1);
    CHECK(to_text(*sink.messages()[0].envelope.find("to")) == R"(["jörg@example.com"])");
}

TEST_CASE("5xx lasts, 4xx and a server that is away may pass") {
    const SmtpSink sink;
    CHECK(fate(mailer(plain(sink)), {"refused@example.com", "Hi", "Hello"}) == "lasting");
    CHECK(fate(mailer(plain(sink)), {"later@example.com", "Hi", "Hello"}) == "transient");
    Mail one_of_two{"ada@example.com", "Hi", "Hello"};
    one_of_two.cc = {"refused@example.com"};
    CHECK(fate(mailer(plain(sink)), one_of_two) == "lasting");
    CHECK(sink.messages().empty());
    const SmtpServer away{"smtp://127.0.0.1:" + std::to_string(free_port()), "", "", ""};
    CHECK(fate(mailer(away), {"ada@example.com", "Hi", "Hello"}) == "transient");
}

TEST_CASE("an address makes no command of its own") {
    const SmtpSink sink;
    for (const char* const address :
         {"a@b.c>\r\nRCPT TO:<eve@example.com", "a@b.c\neve@b.c", "<a@b.c>", "a b@c.d", ""})
        CHECK(fate(mailer(plain(sink)), {address, "Hi", "Hello"}) == "lasting");
    mailer(plain(sink)).send({"ada@example.com", "Hi\r\nBcc: eve@example.com", "Hello"});
    REQUIRE(sink.messages().size() == 1);
    CHECK(has(sink.messages()[0].text, "Subject: Hi  Bcc: eve@example.com\r\n"));
}

TEST_CASE("an account is told only over TLS with a certificate that is trusted") {
    const Certificate certificate;
    const SmtpSink sink(&certificate);
    const Mail mail{"ada@example.com", "Hi", "Hello"};
    CHECK(fate(mailer(with_account(sink, Certificate("another"))), mail) == "transient");
    CHECK(fate(mailer(with_account(sink, certificate, "wrong")), mail) == "lasting");
    CHECK(fate(mailer(with_account(sink, certificate)), mail) == "sent");
    REQUIRE(sink.messages().size() == 1);
    CHECK(sink.messages()[0].envelope.text("user") == "user");
    const SmtpSink without_tls;
    CHECK(fate(mailer(with_account(without_tls, certificate)), mail) == "transient");
    CHECK(without_tls.messages().empty());
}

TEST_CASE("a URL tells server, account and manner") {
    const auto server = read_smtp_url("smtp://me%40x.org:p%2Fw%3A@mail.example:2525");
    REQUIRE(server.has_value());
    CHECK(server->url == "smtp://mail.example:2525");
    CHECK(server->username == "me@x.org");
    CHECK(server->password == "p/w:");
    CHECK(read_smtp_url("smtp://mail.example")->url == "smtp://mail.example:587");
    CHECK(read_smtp_url("smtps://[::1]")->url == "smtps://[::1]:465");
    for (const char* const wrong : {"", "mail.example", "http://mail.example", "smtp://",
                                    "smtp://mail.example/path", "smtp://a b"})
        CHECK_FALSE(read_smtp_url(wrong).has_value());
}
