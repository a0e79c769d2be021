#pragma once
#include "tests/support/temporary_folder.hpp"

#include <filesystem>
#include <string>

namespace throughline {

/// A certificate for 127.0.0.1 that vouches for itself, and its key, in files of PEM.
class Certificate {
  public:
    explicit Certificate(const std::string& name = "throughline test");

    [[nodiscard]] std::filesystem::path file() const { return folder_.path() / "certificate.pem"; }
    [[nodiscard]] std::filesystem::path key() const { return folder_.path() / "key.pem"; }
    /// Takes the place of this one, in its files.
    void become(const Certificate& other) const;

  private:
    TemporaryFolder folder_;
};

} // namespace throughline
