#include "domain/text.hpp"

#include <doctest/doctest.h>

using namespace throughline;

TEST_CASE("an international number is + and digits") {
    CHECK(normal_phone("+33 6 12-34.56 78") == "+33612345678");
    CHECK(normal_phone("0033 612 345 678") == "+33612345678");
    CHECK(normal_phone("tel:+1-555-010-0199") == "+15550100199");
    CHECK(normal_phone("+44 (0)20 7946 0958") == "+442079460958");
    CHECK(normal_phone("(+44) 20 7946 0958") == "+442079460958");
    CHECK(normal_phone("\uFF0B81 3 1234 5678") == "+81312345678");
    CHECK(normal_phone("+٩٧١ ٥٠ ١٢٣ ٤٥٦٧") == "+971501234567");
    CHECK(normal_phone("+33 6 12 34 56 78", "US") == "+33612345678");
}

TEST_CASE("a national number takes the code of the region") {
    CHECK(normal_phone("06 12 34 56 78", "FR") == "+33612345678");
    CHECK(normal_phone("612345678", "fr") == "+33612345678");
    CHECK(normal_phone("(555) 010-0199", "US") == "+15550100199");
    CHECK(normal_phone("1 555 010 0199", "US") == "+15550100199");
    CHECK(normal_phone("020 7946 0958", "GB") == "+442079460958");
    CHECK(normal_phone("06 1234 5678", "IT") == "+390612345678");
    CHECK(normal_phone("8 912 345-67-89", "RU") == "+79123456789");
    CHECK(normal_phone("06 20 123 4567", "HU") == "+36201234567");
}

TEST_CASE("without a known region, or incomplete, the digits stay bare") {
    CHECK(normal_phone("06 12 34 56 78") == "0612345678");
    CHECK(normal_phone("06 12 34 56 78", "XX") == "0612345678");
    CHECK(normal_phone("555-0199", "US") == "5550199");
    CHECK(normal_phone("112", "DE") == "112");
}

TEST_CASE("a trunk prefix in brackets is dropped behind an international prefix alone") {
    CHECK(normal_phone("0044 (0)20 7946 0958") == "+442079460958");
    CHECK(normal_phone("0(0)5") == "05");
    CHECK(normal_phone("p(0)+05512345", "FR") == "+05512345");
    CHECK(normal_phone("0(0)0") == "00");
    CHECK(normal_phone("0(0)20 7946 0958") == "02079460958");
    CHECK(normal_phone("0(0)20 7946 0958", "GB") == "+442079460958");
}

TEST_CASE("extensions are dropped") {
    for (const auto* text : {"+1 555 010 0199 x12", "+1 555 010 0199 ext. 12", "+15550100199#12",
                             "+1-555-010-0199;ext=12", "+1 555 010 0199 Durchwahl 12"})
        CHECK(normal_phone(text) == "+15550100199");
}

TEST_CASE("part of a number is looked for as it is dialled and as it matches") {
    using Parts = std::vector<std::string>;
    CHECK(phone_parts("23-45") == Parts{"2345"});
    CHECK(phone_parts("+49 (0)30") == Parts{"+4930"});
    CHECK(phone_parts("0049 30", "FR") == Parts{"004930", "+4930"});
    CHECK(phone_parts("(030) 12", "DE") == Parts{"03012", "+493012"});
    CHECK(phone_parts("555", "US") == Parts{"555", "+1555"});
    CHECK(phone_parts("06 12", "IT") == Parts{"0612", "+390612"});
    CHECK(phone_parts("none", "DE").empty());
}

TEST_CASE("no digit, no number") {
    CHECK(normal_phone("").empty());
    CHECK(normal_phone("+").empty());
    CHECK(normal_phone("none", "US").empty());
}
