#include "domain/text.hpp"
#include "domain/utf8.hpp"

#include <doctest/doctest.h>

#include <iterator>

using namespace throughline;
using Words = std::vector<std::string>;

TEST_CASE("UTF-8 is well formed and without NUL") {
    CHECK(is_valid_utf8(""));
    CHECK(is_valid_utf8("plain text of more than eight bytes"));
    CHECK(is_valid_utf8("é€😀 and ASCII after it, then é again"));
    CHECK(is_valid_utf8("\xF4\x8F\xBF\xBF\xED\x9F\xBF\xEE\x80\x80"));
    for (const std::string_view text :
         {"\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xF0\x8F\xBF\xBF", "\xED\xA0\x80", "\xED\xBF\xBF",
          "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xC3", "\xE2\x82", "\xF0\x9F\x98", "\xC3(",
          "eight by\xFFtes"})
        CHECK_FALSE(is_valid_utf8(text));
    CHECK_FALSE(is_valid_utf8(std::string_view("a\0b", 3)));
}

TEST_CASE("length counts characters") {
    CHECK(length_in_characters("") == 0);
    CHECK(length_in_characters("abc") == 3);
    CHECK(length_in_characters("é€😀") == 3);
}

TEST_CASE("a code point is written as it is read") {
    for (const std::string_view text : {"a", "\x7F", "\u0080", "\u07FF", "\u0800", "€", "\uFFFF",
                                        "\U00010000", "😀", "\U0010FFFF"}) {
        std::size_t end = 0;
        std::string written;
        put_utf8(std::back_inserter(written), static_cast<std::uint32_t>(code_point_at(text, end)));
        CHECK(written == text);
    }
}

TEST_CASE("letters of ASCII alone are made small or large") {
    CHECK(ascii_lower("@AZ[ az é É") == "@az[ az é É");
    CHECK(ascii_upper("`az{ AZ é É") == "`AZ{ AZ é É");
    static_assert(ascii_lower('Q') == 'q' && ascii_upper('q') == 'Q' && ascii_upper('1') == '1');
}

TEST_CASE("spaces and tabs alone are blanks") {
    CHECK(without_blanks(" \ta b\n\t ") == "a b\n");
    CHECK(without_blanks(" \t").empty());
    CHECK(without_blanks("").empty());
}

TEST_CASE("what stands between commas is trimmed, and may be empty") {
    using Parts = std::vector<std::string_view>;
    CHECK(comma_parts("a, b c ,\u3000d\n") == Parts{"a", "b c", "d"});
    CHECK(comma_parts(",a, ,") == Parts{"", "a", "", ""});
    CHECK(comma_parts("") == Parts{""});
}

TEST_CASE("white space of every script is trimmed at the ends alone") {
    CHECK(trimmed("  a b \t\r\n") == "a b");
    CHECK(trimmed("\u00A0\u2003\u3000é\u2028") == "é");
    CHECK(trimmed(" \u3000 ").empty());
    CHECK(trimmed("").empty());
}

TEST_CASE("a text of which nothing can be seen is empty when trimmed") {
    for (const char* text :
         {"\u200B", "\x7F", "\x01", "\uFFFE", "\u2060 \uFEFF", "\u00AD", "\u3164"})
        CHECK_MESSAGE(trimmed(text).empty(), text);
    // At the ends of what is seen they may be part of it: a heart is red by U+FE0F.
    for (const char* text : {"\u2764\uFE0F", "\u200Ba", "a\u200D", "\uE000", "\u0301"})
        CHECK(trimmed(text) == text);
}

TEST_CASE("text compares without case") {
    CHECK(case_folded("ACME Ltd") == "acme ltd");
    CHECK(case_folded("ÉTÉ") == case_folded("été"));
    CHECK(case_folded("e\u0301te\u0301") == case_folded("ÉTÉ"));
    CHECK(case_folded("Straße") == case_folded("STRASSE"));
    CHECK(case_folded("ΣΊΣΥΦΟΣ") == case_folded("Σίσυφος"));
    CHECK(case_folded("été") != case_folded("ete"));
}

TEST_CASE("search does not mind marks") {
    CHECK(search_folded("Été à Zürich") == "ete a zurich");
    CHECK(search_folded("Nguyễn") == "nguyen");
    CHECK(search_folded("한국") == "한국");
    CHECK(search_folded("PLAIN") == "plain");
}

TEST_CASE("search words are distinct runs of letters and digits") {
    CHECK(search_words("Zoë O'Brien, zoe (42)") == Words{"42", "brien", "o", "zoe"});
    CHECK(search_words("").empty());
    CHECK(search_words("-- !").empty());
    CHECK(search_words("東京 支店") == Words{"支店", "東京"});
}

TEST_CASE("an address is found by itself and by its parts") {
    CHECK(search_words("Mail: <Ada.Byron@Example.com>,") ==
          Words{"ada", "ada.byron@example.com", "byron", "com", "example", "mail"});
}

TEST_CASE("a long word is cut at a character") {
    CHECK(search_words(std::string(200, 'x')) == Words{std::string(64, 'x')});
    std::string cjk;
    for (int i = 0; i < 40; ++i) cjk += "東";
    CHECK(search_words(cjk).at(0).size() == 63);
}

TEST_CASE("addresses match in lower case") {
    CHECK(normal_email(" Ada@Example.COM ") == "ada@example.com");
    CHECK(normal_email("ÉLODIE@exemple.fr") == "élodie@exemple.fr");
    CHECK(normal_email("").empty());
}

TEST_CASE("an address is something@domain") {
    for (const auto* text : {"a@b.c", "ada+tag@example.co.uk", "o'brien@example.com",
                             "élodie@exemple.fr", "root@localhost"})
        CHECK(looks_like_email(text));
    for (const std::string& text :
         {std::string(), std::string("ada"), std::string("@example.com"), std::string("ada@"),
          std::string("a b@example.com"), std::string("a@b@c"), std::string("a@.com"),
          std::string("a@b..c"), std::string("a@b."), std::string("a@b.c,d@e.f"),
          std::string("Ada <a@b.c>"), std::string("a@b\u00A0c"), std::string("a@b.c;"),
          std::string(250, 'a') + "@b.cd"})
        CHECK_FALSE(looks_like_email(text));
}

TEST_CASE("the form in which an address matches is its own form") {
    // Lowered, the Greek letter composes with the mark behind it.
    const std::string once = normal_email("\u1FBB\u0345\u0301@x.co");
    CHECK(normal_email(once) == once);
    CHECK(normal_email("\u0386\u0301\u0345@x.co") == once);
}
