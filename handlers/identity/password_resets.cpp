#include "handlers/identity/password_resets.hpp"

#include "bus/database.hpp"
#include "bus/ids.hpp"

#include <spdlog/spdlog.h>

namespace throughline {

namespace {

constexpr std::chrono::minutes lifetime{30};
constexpr std::int64_t most_at_a_time = 3;
constexpr std::size_t most_waiting = 4096;
constexpr auto purpose = OneTimeTokens::Purpose::password_reset;

} // namespace

PasswordResets::PasswordResets(With with) : with_(std::move(with)), thread_([this] { run(); }) {}

PasswordResets::~PasswordResets() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
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
        asked_.push_back(email);
    }
    changed_.notify_one();
}

void PasswordResets::run() {
    for (;;) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return stopping_ || !asked_.empty(); });
        if (stopping_) return;
        const std::string email = std::move(asked_.front());
        asked_.pop_front();
        lock.unlock();
        try {
            mail(email);
        } catch (const std::exception& fault) {
            spdlog::error("a password reset was not mailed: {}", fault_text(fault));
        }
    }
}

void PasswordResets::mail(const std::string& email) {
    const auto member = with_.accounts.find(email);
    if (!member) return;
    const Uuid& user = member->member.id;
    const Time at = now();
    if (with_.tokens.count(purpose, user, at) >= most_at_a_time) return;
    const std::string token = with_.tokens.issue(purpose, {Uuid{}, user}, at + lifetime);
    with_.mailer.send({member->member.email, "Choose a new password",
                       "Choose a new password within half an hour:\n\n" +
                           with_.links.new_password(token) +
                           "\n\nIf you did not ask for this, nothing changes.\n"});
}

Result<Uuid> PasswordResets::confirm(const PasswordReset& form, const std::string& traceparent) {
    const auto hash = with_.hasher.hash(form.password); // first: the link is good once
    if (!hash) return hash.error();
    const auto subject = with_.tokens.spend(purpose, form.token, now());
    if (!subject)
        return Rejection{Refusal::gone, "This link was used, has expired, or never was.", {}, {}};
    with_.accounts.reset_password(subject->id, *hash, traceparent);
    return subject->id;
}

} // namespace throughline
