#include "api/routes/import_upload.hpp"

#include "api/multipart.hpp"
#include "domain/text.hpp"

#include <algorithm>
#include <array>
#include <fstream>

namespace throughline {

namespace {

constexpr std::array<std::string_view, 5> option_names{"mapping", "on_duplicate", "match",
                                                       "run_automations", "dry_run"};

struct NamedFormat {
    std::string_view name;
    ImportFormat format;
};
constexpr std::array media_types{NamedFormat{"text/csv", ImportFormat::csv},
                                 NamedFormat{"text/tab-separated-values", ImportFormat::csv},
                                 NamedFormat{"text/vcard", ImportFormat::vcard},
                                 NamedFormat{"text/x-vcard", ImportFormat::vcard},
                                 NamedFormat{"application/x-ndjson", ImportFormat::ndjson},
                                 NamedFormat{"application/ndjson", ImportFormat::ndjson}};
constexpr std::array endings{
    NamedFormat{".csv", ImportFormat::csv},     NamedFormat{".tsv", ImportFormat::csv},
    NamedFormat{".txt", ImportFormat::csv},     NamedFormat{".vcf", ImportFormat::vcard},
    NamedFormat{".vcard", ImportFormat::vcard}, NamedFormat{".ndjson", ImportFormat::ndjson},
    NamedFormat{".jsonl", ImportFormat::ndjson}};

/// By what the client calls the part, then by how the file begins.
ImportFormat format_of(const Multipart::File& part) {
    const std::string name = ascii_lower(part.file_name);
    for (const NamedFormat& ending : endings)
        if (name.ends_with(ending.name)) return ending.format;
    for (const NamedFormat& type : media_types)
        if (part.media_type == type.name) return type.format;
    std::ifstream in(part.path, std::ios::binary);
    std::string start(11, '\0');
    in.read(start.data(), static_cast<std::streamsize>(start.size()));
    if (ascii_lower(start) == "begin:vcard") return ImportFormat::vcard;
    return start.starts_with('{') ? ImportFormat::ndjson : ImportFormat::csv;
}

std::string pointer_to(std::string_view name) {
    std::string pointer = "/";
    append_pointer_token(pointer, name);
    return pointer;
}

std::optional<FieldError> set_option(ImportUpload& upload, const std::string& name,
                                     const std::string& value) {
    if (name != "mapping") {
        upload.options.set(name, value);
        return std::nullopt;
    }
    auto json = read_json(value);
    if (const auto* const fault = std::get_if<JsonFault>(&json))
        return FieldError{"/mapping", "invalid_format", "It is not JSON: " + fault->detail};
    upload.options.set(name, std::move(std::get<Json>(json)));
    return std::nullopt;
}

} // namespace

OwnedFile::~OwnedFile() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove(path_, ignored);
}

std::vector<std::string> import_media_types() {
    std::vector<std::string> names;
    for (const NamedFormat& type : media_types) names.emplace_back(type.name);
    return names;
}

Rejection told_where_it_stands(const ImportUpload& upload, Rejection rejection) {
    for (FieldError& error : rejection.errors)
        for (const std::string& name : upload.in_query)
            if (error.where == "/" + name || error.where.starts_with("/" + name + "/")) {
                if (error.where.size() > name.size() + 1)
                    error.detail = error.where.substr(name.size() + 2) + ": " + error.detail;
                error.where = name;
                error.in_query = true;
            }
    return rejection;
}

Result<ImportUpload> read_import_upload(const Request& request, const std::filesystem::path& folder,
                                        OwnedFile& part) {
    ImportUpload upload{request.upload.value(), request.upload_hash, {}, {}, {}};
    std::vector<FieldError> errors;
    const auto note = [&](std::optional<FieldError> error) {
        if (error) errors.push_back(std::move(*error));
    };
    for (const auto& [name, value] : request.query) {
        note(set_option(upload, name, value));
        upload.in_query.push_back(name);
    }
    const std::string_view content_type = request.header("content-type");
    const std::string type = ascii_lower(content_type.substr(0, content_type.find(';')));
    if (!type.starts_with("multipart/")) {
        for (const NamedFormat& known : media_types)
            if (type.starts_with(known.name)) upload.format = known.format;
    } else {
        auto parts = read_multipart(*request.upload, content_type, folder);
        if (!parts) return parts.error();
        if (!parts->file)
            return invalid({{"/file", "required", "The form has no part named file."}});
        part.own(parts->file->path);
        upload.file = parts->file->path;
        upload.hash = parts->file->hash;
        upload.format = format_of(*parts->file);
        for (const auto& [name, value] : parts->fields)
            if (std::ranges::find(option_names, name) == option_names.end())
                errors.push_back(
                    {pointer_to(name), "unknown_field", "An import has no such option."});
            else if (request.parameter(name).value_or(value) != value)
                errors.push_back({"/" + name, "invalid_format", "The query says otherwise."});
            else
                note(set_option(upload, name, value));
    }
    if (!errors.empty()) return told_where_it_stands(upload, invalid(std::move(errors)));
    return upload;
}

} // namespace throughline
