#pragma once
#include "tests/support/temporary_folder.hpp"

#include <cstddef>
#include <filesystem>

namespace throughline {

/// A file system of the test's own in memory, so small that it can be filled. Only this process
/// and those that it starts see it. Made while the process has one thread.
class SmallDisk {
  public:
    /// Throws std::system_error where the machine allows no such thing (a container without the
    /// right to mount and without user namespaces).
    explicit SmallDisk(std::size_t megabytes);
    ~SmallDisk();
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const { return folder_.path(); }
    /// Takes all the space that is left.
    void fill();
    /// Gives it back.
    void free();

  private:
    TemporaryFolder folder_;
};

} // namespace throughline
