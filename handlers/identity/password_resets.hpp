#pragma once
#include "domain/identity/forms.hpp"
#include "handlers/identity/accounts.hpp"
#include "handlers/identity/links.hpp"
#include "handlers/identity/one_time_tokens.hpp"
#include "handlers/mail.hpp"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace throughline {

/// New passwords by a mailed link, which is good once, for half an hour; at most three a person are
/// good at a time, and further requests are passed over. A link that could not be mailed is void,
/// and for a passing fault another is, a few times. Thread-safe.
class PasswordResets {
  public:
    struct With {
        Accounts& accounts;
        PasswordHasher& hasher;
        OneTimeTokens& tokens;
        Mailer& mailer;
        Links links;
    };
    /// `pause` is before the second try of a mail, twice as long before each further one.
    explicit PasswordResets(With with, std::chrono::milliseconds pause = std::chrono::seconds(5));
    /// Mails what was asked for, for seconds, and until a mail fails; the log says how many are
    /// dropped.
    ~PasswordResets();
    PasswordResets(const PasswordResets&) = delete;
    PasswordResets& operator=(const PasswordResets&) = delete;

    /// Never blocks, and takes as long for any address: looking it up and mailing is a thread's of
    /// its own. Where thousands wait the request is dropped, with a line in the log.
    void request(const std::string& email);
    /// Blocks. Ends all sessions of the user, whom it answers with. `gone` where the token is
    /// unknown, spent or expired.
    [[nodiscard]] Result<Uuid> confirm(const PasswordReset& form, const std::string& traceparent);

  private:
    using Clock = std::chrono::steady_clock;
    struct Asked {
        std::string email;
        Clock::time_point due;
        int tries = 0;
    };

    void run();
    [[nodiscard]] std::optional<Asked> next();
    [[nodiscard]] bool is_done(const std::string& email);
    void ask_again(Asked asked);
    void mail(const std::string& email);
    void drop(std::size_t count);

    const With with_;
    const std::chrono::milliseconds pause_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Asked> asked_;
    bool stopping_ = false;
    Clock::time_point stop_by_;
    std::thread thread_;
};

} // namespace throughline
