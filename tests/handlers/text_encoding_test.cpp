#include "handlers/import/text_encoding.hpp"
#include "tests/handlers/import_files.hpp"

#include <doctest/doctest.h>

namespace throughline {
namespace {

using namespace std::string_view_literals;

std::string all_of(TextFile file) {
    std::string out;
    for (int c = file.get(); c >= 0; c = file.get()) out += static_cast<char>(c);
    return out;
}

std::string utf16(std::u16string_view text, bool big_endian) {
    std::string out;
    for (const char16_t unit : text) {
        const char high = static_cast<char>(unit >> 8);
        const char low = static_cast<char>(unit & 0xFF);
        out += big_endian ? high : low;
        out += big_endian ? low : high;
    }
    return out;
}

} // namespace

TEST_CASE_FIXTURE(ImportFiles, "a byte order mark names the encoding and is no part of the text") {
    CHECK(all_of(TextFile(write("\xEF\xBB\xBFZoë"))) == "Zoë");
    CHECK(all_of(TextFile(write("\xFF\xFE" + utf16(u"Zoë €", false)))) == "Zoë €");
    CHECK(all_of(TextFile(write("\xFE\xFF" + utf16(u"Zoë €", true)))) == "Zoë €");
}

TEST_CASE_FIXTURE(ImportFiles, "UTF-16 without a mark is told by its zero bytes") {
    CHECK(detect_encoding(write(utf16(u"Name\tE-mail\r\n", false))) == TextEncoding::utf16le);
    CHECK(detect_encoding(write(utf16(u"Name\tE-mail\r\n", true))) == TextEncoding::utf16be);
    CHECK(all_of(TextFile(write(utf16(u"Name,Ж\n", true)))) == "Name,Ж\n");
}

TEST_CASE_FIXTURE(ImportFiles, "surrogate pairs are one character, lone surrogates are replaced") {
    CHECK(all_of(TextFile(write("\xFF\xFE" + utf16(u"\U0001F600!", false)))) == "😀!");
    CHECK(all_of(TextFile(write("\xFF\xFE" + utf16({u"a\xD83D!", 3}, false)))) == "a\xEF\xBF\xBD!");
    CHECK(all_of(TextFile(write("\xFF\xFE" + utf16({u"a\xD83D", 2}, false)))) == "a\xEF\xBF\xBD");
}

TEST_CASE_FIXTURE(ImportFiles, "a fault in much UTF-8 leaves it UTF-8, much else does not") {
    std::string much;
    for (int i = 0; i < 10; ++i) much += "Zoë,";
    CHECK(all_of(TextFile(write(much + "Jos\xE9,x"))) == much + "Jos\xE9,x");
    CHECK(detect_encoding(write("Jos\xE9," + much)) == TextEncoding::utf8);
    CHECK(detect_encoding(write(much + "caf\xC3")) == TextEncoding::utf8);
    CHECK(detect_encoding(write("\xE2\x82é" + much)) == TextEncoding::utf8); // one cut, one whole
    CHECK(detect_encoding(write(much + "Jos\xE9,\xE9")) == TextEncoding::windows1252);
    CHECK(detect_encoding(write("Jos\xE9 Zoë Zoë Zoë")) == TextEncoding::windows1252);
    CHECK_FALSE(is_well_formed_utf8(much + "\xE9"));
    CHECK_FALSE(is_well_formed_utf8(much + "\xC3"));
    CHECK(is_well_formed_utf8(much));
}

TEST_CASE_FIXTURE(ImportFiles, "otherwise well-formed UTF-8 is UTF-8, anything else Windows-1252") {
    CHECK(detect_encoding(write("José")) == TextEncoding::utf8);
    CHECK(detect_encoding(write("plain")) == TextEncoding::utf8);
    CHECK(all_of(TextFile(write("Jos\xE9 \x80 \x93quoted\x94 \x81"))) ==
          "José € “quoted” \xC2\x81");
    CHECK(detect_encoding(write("caf\xC3")) == TextEncoding::windows1252); // cut within a character
    CHECK(detect_encoding(write("\xC0\xAF")) == TextEncoding::windows1252);     // overlong
    CHECK(detect_encoding(write("\xED\xA0\x80")) == TextEncoding::windows1252); // surrogate
}

TEST_CASE_FIXTURE(ImportFiles, "characters that pieces of the file cut stay whole") {
    std::string wide = "\xFF\xFE";
    std::string expected;
    std::string narrow;
    for (int i = 0; i < 40'000; ++i) {
        wide += utf16(i % 3 == 0 ? u"\U0001F600" : u"é", false);
        expected += i % 3 == 0 ? "😀" : "é";
        narrow += "\xE9";
    }
    CHECK(all_of(TextFile(write(wide))) == expected);
    CHECK(all_of(TextFile(write(expected))) == expected);
    CHECK(all_of(TextFile(write("x" + expected))) == "x" + expected);
    CHECK(all_of(TextFile(write(narrow))).size() == 80'000);
}

TEST_CASE_FIXTURE(ImportFiles, "lines end in LF, CRLF, a lone CR or CR CR LF") {
    TextFile file(write("a\nb\r\nc\rd\r\r\n\ne"));
    TextLine line;
    std::string read;
    while (read_line(file, line, 10)) read += "[" + line.text + "]";
    CHECK(read == "[a][b][c][d][][e]");
}

TEST_CASE_FIXTURE(ImportFiles, "a line over the limit is cut and says so") {
    TextFile file(write("12345\n123"));
    TextLine line;
    REQUIRE(read_line(file, line, 4));
    CHECK(line.text == "1234");
    CHECK(line.too_long);
    REQUIRE(read_line(file, line, 4));
    CHECK_FALSE(line.too_long);
    CHECK_FALSE(read_line(file, line, 4));
}

TEST_CASE_FIXTURE(ImportFiles, "an empty file has no text") {
    CHECK(all_of(TextFile(write(""))).empty());
    CHECK(all_of(TextFile(write("\xEF\xBB\xBF"))).empty());
}

} // namespace throughline
