#pragma once
#include "domain/result.hpp"

#include <atomic>
#include <cstddef>
#include <semaphore>
#include <string>

namespace throughline {

/// argon2id (RFC 9106) with 19 MiB and two passes, as OWASP advises. At most two run at once: a
/// flood of sign-ins takes time, not memory. Nor does it take all threads: beyond `most_callers`,
/// those that run counted, a call is refused as unavailable. Thread-safe; each call blocks for tens
/// of milliseconds, and for those before it.
class PasswordHasher {
  public:
    explicit PasswordHasher(std::size_t most_callers = 18);
    /// With its parameters and salt, as libsodium writes it.
    [[nodiscard]] Result<std::string> hash(const std::string& password);
    [[nodiscard]] Result<bool> matches(const std::string& hash, const std::string& password);
    /// The hash of nobody's password: checking it takes as long as any other.
    [[nodiscard]] const std::string& nobody() const { return nobody_; }

  private:
    const std::size_t most_callers_;
    std::atomic<std::size_t> callers_ = 0;
    std::counting_semaphore<2> slots_{2};
    std::string nobody_;
};

} // namespace throughline
