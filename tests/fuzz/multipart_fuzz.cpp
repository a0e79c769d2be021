#include "api/multipart.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tests/fuzz/import_rows.hpp"
#include "tests/support/temporary_folder.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>

namespace throughline::fuzz {
namespace {

struct Parts {
    std::vector<std::pair<std::string, std::string>> fields;
    std::optional<std::string> file;
    bool operator==(const Parts&) const = default;
};

std::optional<Parts> parts_of(std::string_view body, std::string_view content_type) {
    static const TemporaryFolder folder;
    auto read = read_multipart(memory_file(body), content_type, folder.path());
    const auto left = std::distance(std::filesystem::directory_iterator(folder.path()), {});
    if (!read) {
        demand_lawful(read.error());
        demand(left == 0, "a refused body leaves no file");
        return std::nullopt;
    }
    demand(left == (read->file ? 1 : 0), "a body leaves its file alone");
    Parts parts{std::move(read->fields), {}};
    if (read->file) {
        std::ifstream in(read->file->path, std::ios::binary);
        parts.file.emplace(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
        std::filesystem::remove(read->file->path);
    }
    return parts;
}

std::string written(const Parts& parts, const std::string& boundary) {
    std::string body;
    const auto add = [&](const std::string& name, const std::string& value) {
        body += "--" + boundary + "\r\ncontent-disposition: form-data; name=\"" + name +
                "\"\r\n\r\n" + value + "\r\n";
    };
    if (parts.file) add("file", *parts.file);
    for (const auto& [name, value] : parts.fields) add(name, value);
    return body + "--" + boundary + "--\r\n";
}

/// A line: the Content-Type. Then the body.
void run(std::string_view input) {
    Input from(input);
    const auto content_type = from.line();
    const auto parts = parts_of(from.rest(), content_type.value_or(""));
    if (!parts) return;
    std::size_t bytes = 0;
    for (const auto& [name, value] : parts->fields) bytes += value.size();
    demand(bytes <= (64U << 10), "fields are at most 64 KiB");
    const std::string boundary = "some-boundary-that-no-input-holds-0190a7c0";
    const bool can_be_named = std::ranges::none_of(parts->fields, [&](const auto& field) {
        return field.first.find_first_of("\"\\\r") != std::string::npos ||
               (field.first == "file" && !parts->file);
    });
    if (can_be_named && from.rest().find(boundary) == std::string_view::npos)
        demand(parts_of(written(*parts, boundary), "multipart/form-data; boundary=" + boundary) ==
                   parts,
               "parts written again are the same");
}

const Target target("multipart", run);

} // namespace
} // namespace throughline::fuzz
