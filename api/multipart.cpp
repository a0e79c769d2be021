#include "api/multipart.hpp"

#include "api/upload_spool.hpp"
#include "domain/text.hpp"

#include <algorithm>
#include <fstream>
#include <functional>

namespace throughline {

namespace {

constexpr std::size_t piece_size = 64U << 10;
constexpr std::size_t max_boundary = 200; // RFC 2046 allows 70
constexpr std::size_t max_headers = 16U << 10;
constexpr std::size_t max_fields = 64U << 10;
constexpr std::size_t part_bytes = 64; // what an empty part weighs

/// `name="value"` or `name=value` among the parameters of a header's value.
std::string parameter(std::string_view header, std::string_view wanted) {
    while (true) {
        const auto semicolon = header.find(';');
        if (semicolon == std::string_view::npos) return {};
        header.remove_prefix(semicolon + 1);
        const auto equals = header.find('=');
        if (equals == std::string_view::npos) return {};
        const bool found = ascii_lower(without_blanks(header.substr(0, equals))) == wanted;
        header = without_blanks(header.substr(equals + 1));
        std::string value;
        if (header.starts_with('"')) {
            std::size_t at = 1;
            for (; at < header.size() && header[at] != '"'; ++at) {
                at += header[at] == '\\' && at + 1 < header.size() ? 1U : 0U;
                value += header[at];
            }
            header.remove_prefix(std::min(at + 1, header.size()));
        } else {
            value = without_blanks(header.substr(0, header.find(';')));
        }
        if (found) return value;
    }
}

/// Reads a file piece by piece up to texts that are searched for.
class Pieces {
  public:
    explicit Pieces(const std::filesystem::path& file)
        : in_(file, std::ios::binary), buffer_("\r\n") {}

    /// Hands on what stands before `mark` and passes the mark; false where it does not come.
    bool read_until(std::string_view mark, const std::function<void(std::string_view)>& take) {
        while (true) {
            if (const auto at = buffer_.find(mark); at != std::string::npos) {
                take(std::string_view(buffer_).substr(0, at));
                buffer_.erase(0, at + mark.size());
                return true;
            }
            if (buffer_.size() >= mark.size()) {
                const auto certain = buffer_.size() - mark.size() + 1;
                take(std::string_view(buffer_).substr(0, certain));
                buffer_.erase(0, certain);
            }
            if (!fill()) return false;
        }
    }

    /// The next bytes without passing them; fewer at the end.
    std::string_view ahead(std::size_t count) {
        while (buffer_.size() < count && fill()) {
        }
        return std::string_view(buffer_).substr(0, count);
    }

  private:
    bool fill() {
        const auto size = buffer_.size();
        buffer_.resize(size + piece_size);
        in_.read(buffer_.data() + size, static_cast<std::streamsize>(piece_size));
        buffer_.resize(size + static_cast<std::size_t>(in_.gcount()));
        return buffer_.size() > size;
    }

    std::ifstream in_;
    std::string buffer_;
};

struct PartHead {
    std::string name;
    std::string file_name;
    std::string media_type;
};

PartHead read_head(std::string_view lines) {
    PartHead head;
    while (!lines.empty()) {
        const auto end = std::min(lines.find("\r\n"), lines.size());
        const std::string_view line = lines.substr(0, end);
        lines.remove_prefix(std::min(end + 2, lines.size()));
        const auto colon = std::min(line.find(':'), line.size());
        const std::string name = ascii_lower(line.substr(0, colon));
        const std::string_view value = line.substr(std::min(colon + 1, line.size()));
        if (name == "content-disposition") {
            head.name = parameter(value, "name");
            head.file_name = parameter(value, "filename");
        } else if (name == "content-type") {
            head.media_type = ascii_lower(without_blanks(value.substr(0, value.find(';'))));
        }
    }
    return head;
}

/// Up to the next delimiter, which it passes. What is wrong, or null.
const char* read_part(Pieces& pieces, std::string_view delimiter,
                      const std::filesystem::path& folder, Multipart& out,
                      std::size_t& field_bytes) {
    std::string headers;
    const auto take_headers = [&](std::string_view bytes) {
        headers += bytes.substr(0, max_headers - std::min(max_headers, headers.size()));
    };
    if (!pieces.read_until("\r\n\r\n", take_headers)) return "A part of the body does not end.";
    const PartHead head = read_head(headers);
    field_bytes += part_bytes + head.name.size();
    std::string value;
    std::optional<UploadSpool> spool;
    if (head.name == "file" && !out.file) spool.emplace(folder);
    const auto take = [&](std::string_view bytes) {
        if (spool)
            spool->write(bytes);
        else if ((field_bytes += bytes.size()) <= max_fields)
            value += bytes;
    };
    if (!pieces.read_until(delimiter, take)) return "A part of the body does not end.";
    if (field_bytes > max_fields) return "The fields beside the file have more than 64 KiB.";
    if (spool) {
        const std::string hash = spool->finish();
        out.file = Multipart::File{spool->keep(), hash, head.file_name, head.media_type};
    } else {
        if (!is_valid_utf8(head.name) || !is_valid_utf8(value))
            return "The name or the value of a field is not UTF-8.";
        out.fields.emplace_back(head.name, std::move(value));
    }
    return nullptr;
}

Rejection malformed(std::string detail) { return {Refusal::malformed, std::move(detail)}; }

} // namespace

Result<Multipart> read_multipart(const std::filesystem::path& body, std::string_view content_type,
                                 const std::filesystem::path& folder) {
    const std::string boundary = parameter(content_type, "boundary");
    if (boundary.empty() || boundary.size() > max_boundary)
        return malformed("multipart/form-data without a boundary.");
    const std::string delimiter = "\r\n--" + boundary;
    const auto pass = [](std::string_view) {};
    Multipart out;
    std::size_t field_bytes = 0;
    Pieces pieces(body);
    if (!pieces.read_until(delimiter, pass))
        return malformed("The body does not hold its boundary.");
    while (pieces.ahead(2) != "--")
        if (const char* const fault = read_part(pieces, delimiter, folder, out, field_bytes)) {
            if (out.file) std::filesystem::remove(out.file->path);
            return malformed(fault);
        }
    return out;
}

} // namespace throughline
