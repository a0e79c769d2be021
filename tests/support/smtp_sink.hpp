#pragma once
#include "domain/json.hpp"
#include "tests/support/certificate.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/temporary_folder.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace throughline {

/// A real mail server on loopback (smtp_sink.py, aiosmtpd): takes mail for all but addresses that
/// begin with "refused" or "later".
class SmtpSink {
  public:
    /// With a certificate it demands STARTTLS and the account user, password.
    explicit SmtpSink(const Certificate* certificate = nullptr);

    struct Message {
        std::string text;
        Json envelope; // {"from", "to": […], "tls", "user"}
    };
    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] std::string url() const { return "smtp://127.0.0.1:" + std::to_string(port_); }
    /// All that it took, the oldest first.
    [[nodiscard]] std::vector<Message> messages() const;

  private:
    TemporaryFolder folder_;
    std::uint16_t port_;
    std::unique_ptr<ChildProcess> process_;
};

} // namespace throughline
