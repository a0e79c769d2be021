#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace throughline {

/// An upload on its way to a file of its own (mode 600), hashed as it comes. The file goes with the
/// object unless it was kept. One thread at a time; every call may block on the disk and throws
/// std::system_error where it fails.
class UploadSpool {
  public:
    explicit UploadSpool(const std::filesystem::path& folder);
    ~UploadSpool();
    UploadSpool(const UploadSpool&) = delete;
    UploadSpool& operator=(const UploadSpool&) = delete;

    void write(std::string_view bytes);
    /// Brings the file to the disk. The SHA-256 of what was written, in hex.
    [[nodiscard]] std::string finish();
    /// The file is the caller's from now on.
    [[nodiscard]] std::filesystem::path keep();

  private:
    struct Digest;
    std::string path_;
    int file_ = -1;
    std::unique_ptr<Digest> digest_;
    bool kept_ = false;
};

/// Removes the uploads of more than a day ago that a process left behind when it died, in folders
/// of this one too.
void sweep_uploads(const std::filesystem::path& folder);

} // namespace throughline
