#include "handlers/import/ndjson_reader.hpp"

#include "handlers/import/csv_reader.hpp"

namespace throughline {

std::optional<NdjsonLine> NdjsonReader::next() {
    TextLine text;
    while (read_line(file_, text, max_import_row_bytes)) {
        ++line_;
        if (text.text.find_first_not_of(" \t") == std::string::npos) continue;
        NdjsonLine out;
        out.line = line_;
        if (text.too_long) {
            out.fault = {"too_large", "The line is longer than 1 MiB.", 0, ""};
            return out;
        }
        auto json = read_json(text.text);
        if (auto* const fault = std::get_if<JsonFault>(&json))
            out.fault = std::move(*fault);
        else if (auto* const object = std::get<Json>(json).object())
            out.object = std::move(*object);
        else
            out.fault = {"invalid_type", "The line is not a JSON object.", 0, ""};
        return out;
    }
    return std::nullopt;
}

} // namespace throughline
