#include "handlers/erasure/quotes.hpp"

#include <doctest/doctest.h>

using namespace throughline;

TEST_CASE("an address is quoted whole and without case") {
    const Quotes quotes({"ann@x.co"});
    for (const char* text :
         {"ann@x.co", "To: <Ann@X.co>", R"({"mail":"ann@x.co"})", "Write to ann@x.co.",
          "mailto:ann@x.co?subject=Hi", "-ann@x.co-", R"({"note":"Mail:\nann@x.co\n"})"})
        CHECK_MESSAGE(quotes.are_in(text), text);
    for (const char* text : {"joann@x.co", "jo.ann@x.co", "jo-ann@x.co", "ann@x.com", "ann@x.co.uk",
                             "ann@x.co-op.example", "ann@xxco", "ann"})
        CHECK_MESSAGE(!quotes.are_in(text), text);
}

TEST_CASE("a number is quoted where it is no part of a longer one, a word or an id") {
    const Quotes quotes({"01983456", "+44 (7700) 1122", "123456789012"});
    for (const char* text :
         {"01983456", "Tel. 01983456.", "{\"phone\":\"01983456\"}", "Tel-01983456", "01983456-12",
          "+49 01983456", "call +44 (7700) 1122 now", R"({"note":"Call:\n01983456\n"})"})
        CHECK_MESSAGE(quotes.are_in(text), text);
    for (const char* text :
         {"101983456", "019834567", "a01983456", "+44 (7700) 11223",
          "01983456-7abc-7def-8000-00000000000a", "0190a7c0-7abc-7def-8abc-123456789012"})
        CHECK_MESSAGE(!quotes.are_in(text), text);
}

TEST_CASE("a number of less than seven digits is not searched for") {
    const Quotes quotes({"0", "12", "+49 (123) 4"});
    CHECK(quotes.values() == "{}");
    CHECK(quotes.patterns() == "{}");
    CHECK_FALSE(quotes.are_in("0 12 +49 (123) 4"));
}
