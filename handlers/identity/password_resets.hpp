#pragma once
#include "domain/identity/forms.hpp"
#include "handlers/identity/accounts.hpp"
#include "handlers/identity/links.hpp"
#include "handlers/identity/one_time_tokens.hpp"
#include "handlers/mail.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace throughline {

/// New passwords by a mailed link, which is good once, for half an hour; at most three a person are
/// good at a time, and further requests are passed over. Thread-safe.
class PasswordResets {
  public:
    struct With {
        Accounts& accounts;
        PasswordHasher& hasher;
        OneTimeTokens& tokens;
        Mailer& mailer;
        Links links;
    };
    explicit PasswordResets(With with);
    ~PasswordResets(); // what was asked for and not begun is dropped
    PasswordResets(const PasswordResets&) = delete;
    PasswordResets& operator=(const PasswordResets&) = delete;

    /// Never blocks, and takes as long for any address: looking it up and mailing is a thread's of
    /// its own. Where thousands wait the request is dropped, with a line in the log.
    void request(const std::string& email);
    /// Blocks. Ends all sessions of the user, whom it answers with. `gone` where the token is
    /// unknown, spent or expired.
    [[nodiscard]] Result<Uuid> confirm(const PasswordReset& form, const std::string& traceparent);

  private:
    void run();
    void mail(const std::string& email);

    const With with_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::string> asked_;
    bool stopping_ = false;
    std::thread thread_;
};

} // namespace throughline
