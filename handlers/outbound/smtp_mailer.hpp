#pragma once
#include "domain/result.hpp"
#include "handlers/mail.hpp"

#include <chrono>

namespace throughline {

/// A mail server that takes our mail.
struct SmtpServer {
    std::string url;      // smtp://host:587, or smtps://host:465, without credentials
    std::string username; // empty: none is asked for
    std::string password;
    std::string certificates; // a file of those to trust, in PEM; empty: the system's
    bool operator==(const SmtpServer&) const = default;
};

/// Reads smtp[s]://[user:password@]host[:port]; credentials percent-encoded. Refuses anything else,
/// saying what is wrong.
[[nodiscard]] Result<SmtpServer> read_smtp_url(const std::string& url);

/// Mail that a server takes on (RFC 5321). smtp turns to TLS by STARTTLS where the server has it
/// (RFC 3207), and insists on it where there is a password to keep; smtps is TLS from the start.
/// What the server refuses for good (5xx) is a lasting MailFault, all else a transient one.
class SmtpMailer : public Mailer {
  public:
    SmtpMailer(SmtpServer server, std::string from,
               std::chrono::milliseconds patience = std::chrono::seconds(10))
        : server_(std::move(server)), from_(std::move(from)), patience_(patience) {}

    void send(const Mail& mail) override;

  private:
    const SmtpServer server_;
    const std::string from_;
    const std::chrono::milliseconds patience_;
};

} // namespace throughline
