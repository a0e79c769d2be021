#include "domain/search_query.hpp"

#include <doctest/doctest.h>

using namespace throughline;

namespace {

using Words = std::vector<std::string>;

std::string shown(std::string_view text, const std::string& query) {
    return highlighted(text, query_words(query)).value_or("nothing");
}

} // namespace

TEST_CASE("the words of a query end with the one under way") {
    CHECK(query_words("Zoë  anderson") == Words{"zoe", "anderson"});
    CHECK(query_words("b a") == Words{"b", "a"});
    CHECK(query_words("ada@example.com") == Words{"ada@example.com"});
    CHECK(query_words("x-ray ma").back() == "ma");
    CHECK(query_words(" ?! ").empty());
}

TEST_CASE("found words are marked, the last one where it begins a word") {
    CHECK(shown("Ada Lovelace", "ada") == "<mark>Ada</mark> Lovelace");
    CHECK(shown("Ada Lovelace", "ada love") == "<mark>Ada</mark> <mark>Lovelace</mark>");
    CHECK(shown("Ada Lovelace", "love ada") == "<mark>Ada</mark> Lovelace");
    CHECK(shown("Ada Lovelace", "lace") == "nothing");
    CHECK(shown("", "ada") == "nothing");
    CHECK(shown("Ada", "?") == "nothing");
}

TEST_CASE("accents, case and marks make no difference, and stay as they were written") {
    CHECK(shown("Café Zoë", "ZOE") == "Café <mark>Zoë</mark>");
    CHECK(shown("Cafe\u0301 Zoe", "café") == "<mark>Cafe\u0301</mark> Zoe");
    CHECK(shown("Straße 5", "strasse") == "<mark>Straße</mark> 5");
}

TEST_CASE("an address is marked by its parts") {
    CHECK(shown("ada@example.com", "ada@example.com") ==
          "<mark>ada</mark>@<mark>example</mark>.<mark>com</mark>");
    CHECK(shown("bob@example.com", "ada@x.org") == "nothing");
}

TEST_CASE("what is shown is HTML") {
    CHECK(shown("<b>Tom</b> & \"Jerry's\"", "tom") ==
          "&lt;b&gt;<mark>Tom</mark>&lt;/b&gt; &amp; &quot;Jerry&#39;s&quot;");
    CHECK(marked("<i>") == "<mark>&lt;i&gt;</mark>");
}

TEST_CASE("of a long text the part around the first found word is shown, whole characters alone") {
    std::string text;
    for (int i = 0; i < 200; ++i) text += "größe ";
    const std::string html = shown(text + "needle " + text, "needle");
    CHECK(html.find("<mark>needle</mark>") != std::string::npos);
    CHECK(html.starts_with("…größe "));
    CHECK(html.ends_with("größe…"));
    CHECK(html.size() < 250);
    std::string unbroken;
    for (int i = 0; i < 500; ++i) unbroken += "€.";
    const std::string cut = shown(unbroken + "needle" + unbroken, "needle");
    CHECK(cut.starts_with("…€.") != cut.starts_with("….€"));
    CHECK(cut.find("<mark>needle</mark>.") == std::string::npos);
    CHECK(cut.find("<mark>needle</mark>€") != std::string::npos);
}
