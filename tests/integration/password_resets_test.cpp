#include "handlers/identity/password_resets.hpp"

#include "bus/ids.hpp"
#include "tests/support/identity_world.hpp"
#include "tests/support/mails.hpp"
#include "tests/support/wait.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <mutex>

using namespace throughline;
using namespace std::chrono_literals;

namespace {

/// Takes mail once it has refused it a number of times.
struct FaultyMailer : Mailer {
    std::atomic<int> faults;
    const bool is_transient;
    std::atomic<int> tries = 0;
    std::atomic<int> sent = 0;
    std::mutex mutex;
    std::string text;

    FaultyMailer(int count, bool passes) : faults(count), is_transient(passes) {}
    void send(const Mail& mail) override {
        ++tries;
        if (faults > 0) {
            --faults;
            throw MailFault("no mail is taken", is_transient);
        }
        const std::lock_guard lock(mutex);
        text = mail.text;
        ++sent;
    }
    std::string token() {
        const std::lock_guard lock(mutex);
        return token_in(text);
    }
};

struct ResetWorld : IdentityWorld {
    OneTimeTokens tokens{system};
    Uuid user = register_tenant("ada@example.com").as.member.id;

    PasswordResets::With with(Mailer& mailer) {
        return {accounts, hasher, tokens, mailer, Links{"https://crm.example.com"}};
    }
    std::int64_t good_links() {
        return tokens.count(OneTimeTokens::Purpose::password_reset, user, now());
    }
};

} // namespace

TEST_CASE_FIXTURE(ResetWorld, "a new password's link that a passing fault kept back is mailed") {
    FaultyMailer mailer(4, true);
    PasswordResets resets(with(mailer), 1ms);
    resets.request("ada@example.com");
    REQUIRE(wait_until([&] { return mailer.sent == 1; }));
    CHECK(mailer.tries == 5);
    CHECK(good_links() == 1);
    CHECK(resets.confirm({mailer.token(), "battery staple"}, "").has_value());
}

TEST_CASE_FIXTURE(ResetWorld, "a new password's link that was not mailed does not count") {
    FaultyMailer mailer(3, false);
    PasswordResets resets(with(mailer), 1ms);
    for (int i = 0; i < 3; ++i) resets.request("ada@example.com");
    REQUIRE(wait_until([&] { return mailer.tries == 3; }));
    CHECK(wait_until([&] { return good_links() == 0; }));
    resets.request("ada@example.com");
    CHECK(wait_until([&] { return mailer.sent == 1; }));
    CHECK(good_links() == 1);
}

TEST_CASE_FIXTURE(ResetWorld, "what waits for another try is mailed at the end") {
    register_tenant("bob@example.com");
    FaultyMailer mailer(1, true);
    {
        PasswordResets resets(with(mailer), 1h);
        resets.request("ada@example.com");
        resets.request("bob@example.com");
        REQUIRE(wait_until([&] { return mailer.sent == 1; })); // his, behind hers
        CHECK(good_links() == 0);
    }
    CHECK(mailer.sent == 2);
    CHECK(good_links() == 1);
}
