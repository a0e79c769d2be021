#include "handlers/import/text_encoding.hpp"

#include "domain/utf8.hpp"

#include <unicode/ucnv.h>
#include <unicode/unistr.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <stdexcept>
#include <string_view>

namespace throughline {

namespace {

constexpr std::size_t piece_size = 64U << 10;
constexpr std::size_t characters_a_fault = 10; // of several bytes, at least, in UTF-8 with faults

std::uint8_t byte_at(std::string_view text, std::size_t at) {
    return static_cast<std::uint8_t>(text[at]);
}

/// UTF-8 well-formedness (Unicode table 3-7) over pieces that may cut characters: how many
/// characters of several bytes there are, and how many faults, each as long as U+FFFD stands for.
class Utf8Check {
  public:
    void feed(std::string_view bytes) {
        for (std::size_t i = 0; i < bytes.size();) {
            if (missing_ == 0 && eight_ascii(bytes.substr(i)))
                i += 8;
            else
                take(byte_at(bytes, i++));
        }
    }
    [[nodiscard]] std::size_t characters() const { return characters_; }
    [[nodiscard]] std::size_t faults() const { return faults_ + (missing_ > 0 ? 1 : 0); }

  private:
    static bool eight_ascii(std::string_view bytes) {
        std::uint64_t word = ~std::uint64_t{0};
        if (bytes.size() >= sizeof word) std::memcpy(&word, bytes.data(), sizeof word);
        return (word & 0x8080808080808080U) == 0;
    }

    void take(std::uint8_t byte) {
        if (missing_ > 0) {
            if (byte >= low_ && byte <= high_) {
                low_ = 0x80;
                high_ = 0xBF;
                if (--missing_ == 0) ++characters_;
                return;
            }
            missing_ = 0;
            ++faults_;
        }
        begin(byte);
    }

    void begin(std::uint8_t byte) {
        low_ = 0x80;
        high_ = 0xBF;
        if (byte >= 0xC2 && byte <= 0xDF) {
            missing_ = 1;
        } else if (byte >= 0xE0 && byte <= 0xEF) {
            missing_ = 2;
            if (byte == 0xE0) low_ = 0xA0;
            if (byte == 0xED) high_ = 0x9F;
        } else if (byte >= 0xF0 && byte <= 0xF4) {
            missing_ = 3;
            if (byte == 0xF0) low_ = 0x90;
            if (byte == 0xF4) high_ = 0x8F;
        } else if (byte >= 0x80) {
            ++faults_;
        }
    }

    std::size_t characters_ = 0;
    std::size_t faults_ = 0;
    int missing_ = 0;
    std::uint8_t low_ = 0x80;
    std::uint8_t high_ = 0xBF;
};

/// Western text in UTF-16 has a zero in every other byte; UTF-8 and Windows-1252 have none.
bool utf16_by_zeros(std::string_view start, TextEncoding& found) {
    std::array<std::size_t, 2> zeros{};
    for (std::size_t i = 0; i < start.size(); ++i)
        if (start[i] == '\0') ++zeros[i % 2];
    const std::size_t pairs = start.size() / 2;
    if (pairs == 0 || zeros[0] + zeros[1] <= pairs / 10) return false;
    found = zeros[1] > zeros[0] ? TextEncoding::utf16le : TextEncoding::utf16be;
    return zeros[0] * 20 < zeros[1] || zeros[1] * 20 < zeros[0];
}

std::string_view byte_order_mark(std::string_view start) {
    for (const std::string_view mark : {"\xEF\xBB\xBF", "\xFF\xFE", "\xFE\xFF"})
        if (start.starts_with(mark)) return start.substr(0, mark.size());
    return {};
}

std::string_view read_piece(std::ifstream& in, std::string& buffer) {
    buffer.resize(piece_size);
    in.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    if (in.bad()) throw std::runtime_error("cannot read the file to import");
    buffer.resize(static_cast<std::size_t>(in.gcount()));
    return buffer;
}

std::ifstream open(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) throw std::runtime_error("cannot open the file to import");
    return in;
}

/// Appends all whole characters of UTF-16; returns how many bytes were used.
std::size_t append_utf16(std::string& out, std::string_view bytes, bool big_endian, bool at_end) {
    const auto unit = [&](std::size_t at) {
        const std::uint32_t first = byte_at(bytes, at);
        const std::uint32_t second = byte_at(bytes, at + 1);
        return big_endian ? first << 8 | second : second << 8 | first;
    };
    std::size_t at = 0;
    for (; at + 2 <= bytes.size(); at += 2) {
        const std::uint32_t c = unit(at);
        if (c < 0xD800 || c > 0xDFFF) {
            put_utf8(std::back_inserter(out), c);
            continue;
        }
        if (c < 0xDC00 && at + 4 > bytes.size() && !at_end) break;
        const std::uint32_t next = c < 0xDC00 && at + 4 <= bytes.size() ? unit(at + 2) : 0;
        if (next >= 0xDC00 && next <= 0xDFFF) {
            put_utf8(std::back_inserter(out), 0x10000 + ((c - 0xD800) << 10) + (next - 0xDC00));
            at += 2;
        } else {
            put_utf8(std::back_inserter(out), 0xFFFD);
        }
    }
    return at;
}

} // namespace

TextEncoding detect_encoding(const std::filesystem::path& file) {
    std::ifstream in = open(file);
    std::string buffer;
    std::string_view piece = read_piece(in, buffer);
    if (const auto mark = byte_order_mark(piece); !mark.empty())
        return mark.size() == 3    ? TextEncoding::utf8
               : mark[0] == '\xFF' ? TextEncoding::utf16le
                                   : TextEncoding::utf16be;
    if (TextEncoding found{}; utf16_by_zeros(piece, found)) return found;
    Utf8Check check;
    for (; !piece.empty(); piece = read_piece(in, buffer)) check.feed(piece);
    return check.faults() * characters_a_fault <= check.characters() ? TextEncoding::utf8
                                                                     : TextEncoding::windows1252;
}

bool is_well_formed_utf8(std::string_view bytes) {
    Utf8Check check;
    check.feed(bytes);
    return check.faults() == 0;
}

std::string utf8_of_windows1252(std::string_view bytes) {
    static constexpr std::array<std::uint16_t, 32> high{
        0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
        0x2039, 0x0152, 0x008D, 0x017D, 0x008F, 0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
        0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x009D, 0x017E, 0x0178};
    std::string out;
    out.reserve(bytes.size() + bytes.size() / 8);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const std::uint8_t byte = byte_at(bytes, i);
        put_utf8(std::back_inserter(out), byte >= 0x80 && byte < 0xA0 ? high[byte - 0x80U] : byte);
    }
    return out;
}

std::optional<std::string> utf8_of_charset(std::string_view bytes, const std::string& charset) {
    UErrorCode status = U_ZERO_ERROR;
    // A name that is no alias would be looked for among files.
    if (ucnv_countAliases(charset.c_str(), &status) == 0) return std::nullopt;
    const icu::LocalUConverterPointer converter(ucnv_open(charset.c_str(), &status));
    if (U_FAILURE(status)) return std::nullopt;
    const icu::UnicodeString text(bytes.data(), static_cast<std::int32_t>(bytes.size()),
                                  converter.getAlias(), status);
    if (U_FAILURE(status)) return std::nullopt;
    std::string out;
    return text.toUTF8String(out);
}

TextFile::TextFile(const std::filesystem::path& file, bool bytewise)
    : in_(open(file)), encoding_(detect_encoding(file)), bytewise_(bytewise) {
    std::string start(3, '\0');
    in_.read(start.data(), 3);
    start.resize(static_cast<std::size_t>(in_.gcount()));
    in_.clear();
    in_.seekg(static_cast<std::streamoff>(byte_order_mark(start).size()));
}

bool TextFile::refill() {
    while (in_ && at_ >= piece_.size()) {
        at_ = 0;
        std::string bytes;
        read_piece(in_, bytes);
        if (encoding_ == TextEncoding::utf16le || encoding_ == TextEncoding::utf16be) {
            bytes.insert(0, carry_);
            piece_.clear();
            const std::size_t used =
                append_utf16(piece_, bytes, encoding_ == TextEncoding::utf16be, !in_);
            carry_ = bytes.substr(used);
        } else if (encoding_ == TextEncoding::windows1252 && !bytewise_) {
            piece_ = utf8_of_windows1252(bytes);
        } else {
            piece_ = std::move(bytes);
        }
    }
    return at_ < piece_.size();
}

bool read_line(TextFile& file, TextLine& line, std::size_t limit) {
    line.text.clear();
    line.too_long = false;
    if (file.peek() < 0) return false;
    for (int c = file.get(); c >= 0 && c != '\n'; c = file.get()) {
        if (c == '\r') {
            while (file.peek() == '\r') file.get();
            if (file.peek() == '\n') file.get();
            break;
        }
        if (line.text.size() < limit)
            line.text += static_cast<char>(c);
        else
            line.too_long = true;
    }
    return true;
}

} // namespace throughline
