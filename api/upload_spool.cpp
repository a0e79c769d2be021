#include "api/upload_spool.hpp"

#include "handlers/import/import_folder.hpp"

#include <array>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/evp.h>
#include <stdexcept>
#include <stdlib.h>
#include <system_error>
#include <unistd.h>

namespace throughline {

struct UploadSpool::Digest {
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(),
                                                                    EVP_MD_CTX_free};
};

namespace {

constexpr std::string_view file_prefix = "upload-";

[[noreturn]] void throw_errno(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

void check(int succeeded) {
    if (succeeded != 1) throw std::runtime_error("SHA-256 failed");
}

} // namespace

UploadSpool::UploadSpool(const std::filesystem::path& folder)
    : path_((folder / (std::string(file_prefix) + "XXXXXX")).string()),
      digest_(std::make_unique<Digest>()) {
    std::filesystem::create_directories(folder);
    check(EVP_DigestInit_ex(digest_->context.get(), EVP_sha256(), nullptr));
    file_ = ::mkstemp(path_.data());
    if (file_ < 0) throw_errno("the spool folder takes no file");
}

UploadSpool::~UploadSpool() {
    ::close(file_);
    if (!kept_) ::unlink(path_.c_str());
}

void UploadSpool::write(std::string_view bytes) {
    check(EVP_DigestUpdate(digest_->context.get(), bytes.data(), bytes.size()));
    while (!bytes.empty()) {
        const auto written = ::write(file_, bytes.data(), bytes.size());
        if (written < 0 && errno != EINTR) throw_errno("an upload cannot be written");
        bytes.remove_prefix(written < 0 ? 0 : static_cast<std::size_t>(written));
    }
}

std::string UploadSpool::finish() {
    if (::fsync(file_) != 0) throw_errno("an upload cannot be written");
    std::array<unsigned char, 32> hash{};
    check(EVP_DigestFinal_ex(digest_->context.get(), hash.data(), nullptr));
    return fmt::format("{:02x}", fmt::join(hash, ""));
}

std::filesystem::path UploadSpool::keep() {
    kept_ = true;
    return path_;
}

void sweep_uploads(const std::filesystem::path& folder) {
    const auto long_ago = std::filesystem::file_time_type::clock::now() - std::chrono::hours(24);
    std::error_code gone;
    for (const auto& entry : entries_below(folder))
        if (entry.path().filename().string().starts_with(file_prefix) &&
            entry.last_write_time(gone) < long_ago)
            std::filesystem::remove(entry.path(), gone);
}

} // namespace throughline
