#pragma once
#include "tests/support/temporary_folder.hpp"

#include <filesystem>
#include <fstream>
#include <string_view>

namespace throughline {

/// Files for readers, deleted with the fixture.
class ImportFiles {
  public:
    std::filesystem::path write(std::string_view bytes, const char* name = "file") {
        std::ofstream out(folder_.path() / name, std::ios::binary);
        out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        return folder_.path() / name;
    }

    [[nodiscard]] const std::filesystem::path& folder() const { return folder_.path(); }

  private:
    TemporaryFolder folder_;
};

} // namespace throughline
