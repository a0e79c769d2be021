#pragma once
#include <semaphore>
#include <string>

namespace throughline {

/// argon2id (RFC 9106) with 19 MiB and two passes, as OWASP advises. At most two run at once: a
/// flood of sign-ins takes time, not memory. Thread-safe; each call blocks for tens of
/// milliseconds.
class PasswordHasher {
  public:
    PasswordHasher();
    /// With its parameters and salt, as libsodium writes it.
    [[nodiscard]] std::string hash(const std::string& password);
    [[nodiscard]] bool matches(const std::string& hash, const std::string& password);
    /// The hash of nobody's password: checking it takes as long as any other.
    [[nodiscard]] const std::string& nobody() const { return nobody_; }

  private:
    std::counting_semaphore<2> slots_{2};
    std::string nobody_;
};

} // namespace throughline
