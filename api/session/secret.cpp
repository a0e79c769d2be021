#include "api/session/secret.hpp"

#include "domain/base64url.hpp"

#include <fcntl.h>
#include <openssl/rand.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>
#include <vector>

namespace throughline {

namespace {

constexpr std::size_t least_bytes = 32;
constexpr std::size_t jwt_bytes = 48;
constexpr std::size_t sealing_bytes = 32;

std::string random_secret(std::size_t size) {
    std::vector<unsigned char> bytes(size);
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
        throw std::runtime_error("no random numbers");
    return base64url({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

[[noreturn]] void fail(const std::filesystem::path& file) {
    throw std::system_error(errno, std::generic_category(), file.string());
}

/// The file appears whole or not at all, and the first of two processes wins.
void make_secret(const std::filesystem::path& file, std::size_t size) {
    const std::filesystem::path draft = file.string() + "." + std::to_string(::getpid());
    std::filesystem::remove(draft);
    const int handle = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (handle < 0) fail(draft);
    const std::string secret = random_secret(size);
    const bool written =
        ::write(handle, secret.data(), secret.size()) == static_cast<ssize_t>(secret.size()) &&
        ::fsync(handle) == 0;
    ::close(handle);
    if (!written) fail(draft);
    if (::link(draft.c_str(), file.c_str()) != 0 && errno != EEXIST) fail(file);
    std::filesystem::remove(draft);
}

/// The text of a file that is made of that many random bytes, in base64url, where it is missing.
std::string kept_secret(const std::filesystem::path& file, std::size_t size) {
    if (!std::filesystem::exists(file)) {
        std::filesystem::create_directories(file.parent_path());
        make_secret(file, size);
    }
    std::ifstream in(file, std::ios::binary);
    std::string secret{std::istreambuf_iterator<char>(in), {}};
    if (!in) throw std::runtime_error(file.string() + " cannot be read");
    return secret;
}

} // namespace

std::string jwt_secret(const std::string& given, const std::filesystem::path& data_dir) {
    if (!given.empty()) {
        if (given.size() < least_bytes)
            throw std::runtime_error("JWT_SECRET has fewer than 32 bytes");
        return given;
    }
    const auto file = data_dir / "jwt_secret";
    std::string secret = kept_secret(file, jwt_bytes);
    if (secret.size() < least_bytes)
        throw std::runtime_error(file.string() + " has fewer than 32 bytes");
    return secret;
}

KeyRing key_ring(const std::string& given, const std::filesystem::path& data_dir) {
    const auto file = data_dir / "secret_keys";
    auto ring = KeyRing::read(given.empty() ? kept_secret(file, sealing_bytes) : given);
    if (!ring)
        throw std::runtime_error((given.empty() ? file.string() : "SECRET_KEYS") + ": " +
                                 ring.error().detail);
    return std::move(*ring);
}

} // namespace throughline
