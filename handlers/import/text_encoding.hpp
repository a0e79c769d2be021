#pragma once
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>

namespace throughline {

enum class TextEncoding { utf8, utf16le, utf16be, windows1252 };

/// By byte order mark, else UTF-16 by where its zero bytes stand, else UTF-8 where the whole file
/// is well formed or has ten characters of several bytes for each fault, which chance would not
/// give, else Windows-1252. Reads the file once, in pieces. Throws std::runtime_error where it
/// cannot be read.
[[nodiscard]] TextEncoding detect_encoding(const std::filesystem::path& file);

/// Windows-1252 as the WHATWG Encoding Standard decodes it: every byte is some character.
[[nodiscard]] std::string utf8_of_windows1252(std::string_view bytes);
/// By the charset's name (IANA, or as ICU knows it besides), nothing where there is none of it.
/// What is no character of the charset becomes U+FFFD.
[[nodiscard]] std::optional<std::string> utf8_of_charset(std::string_view bytes,
                                                         const std::string& charset);
[[nodiscard]] bool is_well_formed_utf8(std::string_view bytes);

/// A text file read byte by byte as UTF-8, whatever it was written in, without its byte order
/// mark. Holds one piece of the file at a time. Broken UTF-16 gives U+FFFD; a NUL and broken UTF-8
/// stay.
class TextFile {
  public:
    /// `bytewise` leaves a file that is not UTF-16 as it is: vCard 2.1 names a charset per value.
    explicit TextFile(const std::filesystem::path& file, bool bytewise = false);

    /// The next byte, or -1 at the end.
    int get() {
        return at_ < piece_.size() || refill() ? static_cast<unsigned char>(piece_[at_++]) : -1;
    }
    int peek() {
        return at_ < piece_.size() || refill() ? static_cast<unsigned char>(piece_[at_]) : -1;
    }

    [[nodiscard]] TextEncoding encoding() const { return encoding_; }

  private:
    bool refill();

    std::ifstream in_;
    TextEncoding encoding_;
    bool bytewise_;
    std::string carry_; // the bytes of a character that the last piece cut
    std::string piece_;
    std::size_t at_ = 0;
};

/// One line without its end (LF, CRLF or a lone CR; CR CR LF is one end too). False at the end of
/// the file. A line over `limit` bytes is cut there and `too_long` set.
struct TextLine {
    std::string text;
    bool too_long = false;
};
[[nodiscard]] bool read_line(TextFile& file, TextLine& line, std::size_t limit);

} // namespace throughline
