#include "handlers/identity/password_hasher.hpp"

#include "bus/ids.hpp"

#include <sodium.h>

#include <array>
#include <new>
#include <stdexcept>

namespace throughline {

namespace {

constexpr unsigned long long passes = 2;
constexpr std::size_t memory_bytes = 19U << 20;

/// Counts a caller, who waits for a slot unless there are too many.
class Turn {
  public:
    Turn(std::atomic<std::size_t>& callers, std::size_t most, std::counting_semaphore<2>& slots)
        : callers_(callers), slots_(slots), is_given_(++callers_ <= most) {
        if (is_given_) slots_.acquire();
    }
    ~Turn() {
        if (is_given_) slots_.release();
        --callers_;
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    [[nodiscard]] bool is_given() const { return is_given_; }

  private:
    std::atomic<std::size_t>& callers_;
    std::counting_semaphore<2>& slots_;
    const bool is_given_;
};

Rejection too_many() {
    return {Refusal::unavailable, "Too many passwords are looked at now. Try again later."};
}

std::string hash_of(const std::string& password) {
    std::array<char, crypto_pwhash_STRBYTES> out{};
    if (crypto_pwhash_str_alg(out.data(), password.data(), password.size(), passes, memory_bytes,
                              crypto_pwhash_ALG_ARGON2ID13) != 0)
        throw std::bad_alloc();
    return out.data();
}

} // namespace

PasswordHasher::PasswordHasher(std::size_t most_callers) : most_callers_(most_callers) {
    if (sodium_init() < 0) throw std::runtime_error("libsodium cannot be used");
    nobody_ = hash_of(to_string(new_id()));
}

Result<std::string> PasswordHasher::hash(const std::string& password) {
    const Turn turn(callers_, most_callers_, slots_);
    if (!turn.is_given()) return too_many();
    return hash_of(password);
}

Result<bool> PasswordHasher::matches(const std::string& hash, const std::string& password) {
    const Turn turn(callers_, most_callers_, slots_);
    if (!turn.is_given()) return too_many();
    return crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
}

} // namespace throughline
