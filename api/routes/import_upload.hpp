#pragma once
#include "api/http.hpp"
#include "handlers/import/source.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace throughline {

/// A file that goes with its owner unless it was kept.
class OwnedFile {
  public:
    explicit OwnedFile(std::filesystem::path path = {}) : path_(std::move(path)) {}
    ~OwnedFile();
    OwnedFile(const OwnedFile&) = delete;
    OwnedFile& operator=(const OwnedFile&) = delete;

    void own(std::filesystem::path path) { path_ = std::move(path); }
    void keep() { path_.clear(); }

  private:
    std::filesystem::path path_;
};

/// What a request to import brings: the file, what it is, and the options as they were written.
struct ImportUpload {
    std::filesystem::path file;
    std::string hash; // SHA-256, hex
    ImportFormat format = ImportFormat::csv;
    JsonObject options;
    std::vector<std::string> in_query; // options that came there
};

/// Media types of a raw body; a form is multipart/form-data.
[[nodiscard]] std::vector<std::string> import_media_types();

/// Reads the spooled body, raw or a form. The part of a form is spooled to `folder` and owned by
/// `part`.
[[nodiscard]] Result<ImportUpload>
read_import_upload(const Request& request, const std::filesystem::path& folder, OwnedFile& part);

/// Faults of options that came in the query name their parameter.
[[nodiscard]] Rejection told_where_it_stands(const ImportUpload& upload, Rejection rejection);

} // namespace throughline
