#pragma once
#include "domain/json.hpp"
#include "handlers/import/text_encoding.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace throughline {

struct NdjsonLine {
    std::int64_t line = 0; // physical, from 1
    JsonObject object;
    std::optional<JsonFault> fault; // why there is no object
};

/// One JSON object a line, at most max_import_row_bytes long; blank lines are skipped.
class NdjsonReader {
  public:
    explicit NdjsonReader(const std::filesystem::path& file) : file_(file, true) {}
    [[nodiscard]] std::optional<NdjsonLine> next();

  private:
    TextFile file_;
    std::int64_t line_ = 0;
};

} // namespace throughline
