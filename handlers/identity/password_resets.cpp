#include "handlers/identity/password_resets.hpp"

#include "bus/database.hpp"
#include "bus/ids.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace throughline {

namespace {

constexpr std::chrono::minutes lifetime{30};
constexpr std::int64_t most_at_a_time = 3;
constexpr std::size_t most_waiting = 4096;
constexpr int most_tries = 6;
constexpr std::chrono::seconds longest_stop{5};
constexpr auto purpose = OneTimeTokens::Purpose::password_reset;

} // namespace

PasswordResets::PasswordResets(With with, std::chrono::milliseconds pause)
    : with_(std::move(with)), pause_(pause), thread_([this] { run(); }) {}

PasswordResets::~PasswordResets() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        stop_by_ = Clock::now() + longest_stop;
    }
    changed_.notify_all();
    thread_.join();
}

void PasswordResets::request(const std::string& email) {
    {
        const std::lock_guard lock(mutex_);
        if (asked_.size() >= most_waiting) {
            spdlog::warn("too many password resets are asked for; one was dropped");
            return;
        }
        asked_.push_back({email, Clock::now()});
    }
    changed_.notify_one();
}

void PasswordResets::run() {
    while (auto asked = next())
        if (!is_done(asked->email)) ask_again(std::move(*asked));
}

/// Waits for the first that is due. Nothing where the thread is to end.
std::optional<PasswordResets::Asked> PasswordResets::next() {
    std::unique_lock lock(mutex_);
    for (;;) {
        if (stopping_ && Clock::now() >= stop_by_) drop(asked_.size());
        if (asked_.empty()) {
            if (stopping_) return std::nullopt;
            changed_.wait(lock);
            continue;
        }
        const auto first = std::ranges::min_element(asked_, {}, &Asked::due);
        const Clock::time_point due = first->due;
        if (!stopping_ && due > Clock::now()) {
            changed_.wait_until(lock, due);
            continue;
        }
        Asked asked = std::move(*first);
        asked_.erase(first);
        return asked;
    }
}

/// False where it may be mailed later.
bool PasswordResets::is_done(const std::string& email) {
    try {
        mail(email);
        return true;
    } catch (const MailFault& fault) {
        spdlog::error("a password reset was not mailed: {}", fault_text(fault));
        return !fault.is_transient();
    } catch (const std::exception& fault) {
        spdlog::error("a password reset was not mailed: {}", fault_text(fault));
        return false;
    }
}

void PasswordResets::ask_again(Asked asked) {
    const std::lock_guard lock(mutex_);
    if (stopping_) {
        drop(asked_.size() + 1);
        return;
    }
    if (++asked.tries == most_tries) {
        drop(1);
        return;
    }
    asked.due = Clock::now() + pause_ * (1 << (asked.tries - 1));
    asked_.push_back(std::move(asked));
}

/// All that wait, where it stops. Under the lock.
void PasswordResets::drop(std::size_t count) {
    if (stopping_) asked_.clear();
    if (count > 0) spdlog::error("{} password resets were asked for and are not mailed", count);
}

void PasswordResets::mail(const std::string& email) {
    const auto member = with_.accounts.find(email);
    if (!member) return;
    const Uuid& user = member->member.id;
    const Time at = now();
    if (with_.tokens.count(purpose, user, at) >= most_at_a_time) return;
    const std::string token = with_.tokens.issue(purpose, {Uuid{}, user}, at + lifetime);
    try {
        with_.mailer.send({member->member.email, "Choose a new password",
                           "Choose a new password within half an hour:\n\n" +
                               with_.links.new_password(token) +
                               "\n\nIf you did not ask for this, nothing changes.\n"});
    } catch (...) {
        with_.tokens.withdraw(purpose, token); // or it would count as one that they have
        throw;
    }
}

Result<Uuid> PasswordResets::confirm(const PasswordReset& form, const std::string& traceparent) {
    const auto hash = with_.hasher.hash(form.password); // first: the link is good once
    if (!hash) return hash.error();
    const auto subject = with_.tokens.spend(purpose, form.token, now());
    if (!subject) return Rejection{Refusal::gone, "This link was used, has expired, or never was."};
    with_.accounts.reset_password(subject->id, *hash, traceparent);
    return subject->id;
}

} // namespace throughline
