#include "bus/ids.hpp"
#include "handlers/mail_folder.hpp"
#include "handlers/mail_message.hpp"
#include "tests/support/temporary_folder.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <sstream>
#include <sys/stat.h>

using namespace throughline;

namespace {

const MailEnvelope envelope{"no-reply@crm.example", uuid_of("0190a7c0-0000-7000-8000-000000000001"),
                            *parse_rfc3339("2026-03-08T06:07:09Z")};

std::string text_with(const std::string& subject, const std::string& to = "ada@example.com") {
    return message_text({to, subject, "Hello"}, envelope);
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("a message has the headers of RFC 5322 and its text in base64") {
    CHECK(message_text({"ada@example.com", "Welcome", "Grüße\nAda\n"}, envelope) ==
          "From: Throughline <no-reply@crm.example>\r\n"
          "To: <ada@example.com>\r\n"
          "Subject: Welcome\r\n"
          "Date: Sun, 08 Mar 2026 06:07:09 +0000\r\n"
          "Message-ID: <0190a7c0-0000-7000-8000-000000000001@crm.example>\r\n"
          "MIME-Version: 1.0\r\n"
          "Auto-Submitted: auto-generated\r\n"
          "Content-Type: text/plain; charset=utf-8\r\n"
          "Content-Transfer-Encoding: base64\r\n"
          "\r\n"
          "R3LDvMOfZQ0KQWRhDQo=\r\n");
}

TEST_CASE("each line end of a text is CRLF, whichever it was") {
    const auto body = [](const char* text) {
        const std::string message = message_text({"ada@example.com", "Hi", text}, envelope);
        return decoded_text(message.substr(message.find("\r\n\r\n") + 4));
    };
    CHECK(body("a\r\nb\nc\rd") == "a\r\nb\r\nc\r\nd");
    CHECK(body("a\r\n\r\nb\n\rc\r") == "a\r\n\r\nb\r\n\r\nc\r\n");
}

TEST_CASE("a subject that is not ASCII, long, or looks encoded stands in encoded words") {
    CHECK(has(text_with("Grüße"), "Subject: =?UTF-8?B?R3LDvMOfZQ==?=\r\n"));
    CHECK(has(text_with("a =?b"), "Subject: =?UTF-8?B?YSA9P2I=?=\r\n"));
    std::string umlauts;
    for (int i = 0; i < 30; ++i) umlauts += "ü";
    const std::string text = text_with(umlauts);
    // Forty-two bytes a word, and no character is cut in two.
    CHECK(has(text, "?=\r\n =?UTF-8?B?w7zD"));
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) CHECK(line.size() <= 79);
}

TEST_CASE("no value makes a header of its own") {
    CHECK(has(text_with("a\r\nBcc: eve@example.com"), "Subject: a  Bcc: eve@example.com\r\n"));
    CHECK(has(text_with("x", "ada@example.com\r\nX: y"), "To: <ada@example.com  X: y>\r\n"));
}

TEST_CASE("text and HTML are alternatives, HTML alone is the message") {
    Mail mail{"ada@example.com", "Hi", "Hello"};
    mail.html = "<p>Hello</p>";
    CHECK(has(message_text(mail, envelope),
              "Content-Type: multipart/alternative; "
              "boundary=\"=_0190a7c0-0000-7000-8000-000000000001\"\r\n"
              "\r\n"
              "--=_0190a7c0-0000-7000-8000-000000000001\r\n"
              "Content-Type: text/plain; charset=utf-8\r\n"
              "Content-Transfer-Encoding: base64\r\n"
              "\r\n"
              "SGVsbG8=\r\n"
              "--=_0190a7c0-0000-7000-8000-000000000001\r\n"
              "Content-Type: text/html; charset=utf-8\r\n"
              "Content-Transfer-Encoding: base64\r\n"
              "\r\n"
              "PHA+SGVsbG88L3A+\r\n"
              "--=_0190a7c0-0000-7000-8000-000000000001--\r\n"));
    mail.text.clear();
    CHECK(has(message_text(mail, envelope), "Content-Type: text/html; charset=utf-8\r\n"));
    CHECK_FALSE(has(message_text(mail, envelope), "multipart"));
}

TEST_CASE("all who get a message stand in it, each on a line") {
    Mail mail{"ada@example.com", "Hi", "Hello"};
    mail.also_to = {"bob@example.com"};
    mail.cc = {"cy@example.com\r\nBcc: eve@example.com", "dee@example.com"};
    CHECK(has(message_text(mail, envelope),
              "To: <ada@example.com>,\r\n <bob@example.com>\r\n"
              "Cc: <cy@example.com  Bcc: eve@example.com>,\r\n <dee@example.com>\r\n"));
}

TEST_CASE("a message that names its id has it, another a new one") {
    Mail mail{"ada@example.com", "Hi", "Hello"};
    CHECK(envelope_of(mail, "a@b.c").id != envelope_of(mail, "a@b.c").id);
    mail.id = envelope.id;
    CHECK(envelope_of(mail, "a@b.c").id == envelope.id);
}

TEST_CASE("a long text is folded to lines of 76") {
    const std::string text = message_text({"a@b.c", "x", std::string(500, 'x')}, envelope);
    std::istringstream lines(text.substr(text.find("\r\n\r\n") + 4));
    for (std::string line; std::getline(lines, line);) CHECK(line.size() <= 77);
}

TEST_CASE("a message is read again as it was written") {
    const std::string address = "somebody.with.a.long.name@example.com";
    Mail mail{"ada@example.com", "Grüße an " + address + " und alle", "Call\n" + address};
    CHECK(decoded_text(message_text(mail, envelope)) ==
          "\nFrom: Throughline <no-reply@crm.example>"
          "\nTo: <ada@example.com>"
          "\nSubject: Grüße an somebody.with.a.long.name@example.com und alle"
          "\nDate: Sun, 08 Mar 2026 06:07:09 +0000"
          "\nMessage-ID: <0190a7c0-0000-7000-8000-000000000001@crm.example>"
          "\nMIME-Version: 1.0"
          "\nAuto-Submitted: auto-generated"
          "\nContent-Type: text/plain; charset=utf-8"
          "\nContent-Transfer-Encoding: base64"
          "\nCall\r\nsomebody.with.a.long.name@example.com");
    mail.text = std::string(50, 'x') + address; // over the end of a line
    mail.html = "<p>" + address + "</p>";
    mail.subject = "=?UTF-8?B?=";
    const std::string text = decoded_text(message_text(mail, envelope));
    CHECK(has(text, "x" + address + "\n--=_"));
    CHECK(has(text, mail.html + "\n--=_"));
    CHECK(has(text, "\nSubject: =?UTF-8?B?=\n"));
    CHECK(has(decoded_text("To: <=?UTF-8?B?=\r\n"), "To: <=?UTF-8?B?="));
}

TEST_CASE("a folder of mail is its owner's alone") {
    TemporaryFolder folder;
    MailFolder mailer(folder.path() / "mail", "no-reply@localhost");
    mailer.send({"ada@example.com", "One", "1"});
    mailer.send({"ada@example.com", "Two", "2"});
    Mail of_tenant{"ada@example.com", "Three", "3"};
    of_tenant.tenant = new_id();
    mailer.send(of_tenant);
    int messages = 0;
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(folder.path() / "mail")) {
        if (entry.is_directory()) {
            CHECK(entry.path().filename() == to_string(of_tenant.tenant));
            continue;
        }
        ++messages;
        CHECK(entry.path().extension() == ".eml");
        struct stat status{};
        REQUIRE(stat(entry.path().c_str(), &status) == 0);
        CHECK((status.st_mode & 0777U) == 0600U);
    }
    CHECK(messages == 3);
}
