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

class Slot {
  public:
    explicit Slot(std::counting_semaphore<2>& slots) : slots_(slots) { slots_.acquire(); }
    ~Slot() { slots_.release(); }
    Slot(const Slot&) = delete;
    Slot& operator=(const Slot&) = delete;

  private:
    std::counting_semaphore<2>& slots_;
};

} // namespace

PasswordHasher::PasswordHasher() {
    if (sodium_init() < 0) throw std::runtime_error("libsodium cannot be used");
    nobody_ = hash(to_string(new_id()));
}

std::string PasswordHasher::hash(const std::string& password) {
    const Slot slot(slots_);
    std::array<char, crypto_pwhash_STRBYTES> out{};
    if (crypto_pwhash_str_alg(out.data(), password.data(), password.size(), passes, memory_bytes,
                              crypto_pwhash_ALG_ARGON2ID13) != 0)
        throw std::bad_alloc();
    return out.data();
}

bool PasswordHasher::matches(const std::string& hash, const std::string& password) {
    const Slot slot(slots_);
    return crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
}

} // namespace throughline
