#include "domain/record/change.hpp"
#include "handlers/import/source.hpp"
#include "handlers/import/vcard_reader.hpp"
#include "tests/handlers/import_files.hpp"
#include "tests/support/peak_memory.hpp"

#include <doctest/doctest.h>

/// What is quadratic here does not end within ctest's time.
namespace throughline {
namespace {

constexpr std::size_t upload = 50U << 20; // the largest file that is taken
constexpr std::size_t many = 12U << 20;   // of short lines
constexpr std::size_t little = 64U << 20; // a few cards of 1 MiB, taken apart

std::string repeated(std::string_view text, std::size_t bytes) {
    std::string out;
    out.reserve(bytes + text.size());
    while (out.size() < bytes) out += text;
    return out;
}

struct VCardFiles : ImportFiles {
    /// A file of one card with these lines, and a good card after it.
    std::filesystem::path card(const std::string& lines) {
        return write("BEGIN:VCARD\n" + lines + "\nEND:VCARD\nBEGIN:VCARD\nFN:Ada\nEND:VCARD\n");
    }

    /// The faults of the cards, "ok" for none, one after the other; little memory is taken.
    static std::string faults(const std::filesystem::path& file) {
        std::string out;
        const auto read = [&] {
            VCardReader reader(file);
            while (const auto card = reader.next()) {
                CHECK((card->fault.empty() || card->properties.empty()));
                out += (out.empty() ? "" : " ") + (card->fault.empty() ? "ok" : card->fault);
            }
        };
        CHECK(peak_memory_of(read) < little);
        return out;
    }
};

constexpr const char* too_many = "The card has more than 10000 properties. ok";
constexpr const char* too_long = "The card is longer than 1 MiB. ok";

} // namespace

TEST_CASE_FIXTURE(VCardFiles, "a card of millions of properties is told to be too long") {
    CHECK(faults(card(repeated("A:\n", many))) == too_many);
    CHECK(faults(card(repeated("A;B;C=D:" + std::string(200, 'x') + "\n", many))) == too_long);
    CHECK(faults(card("A" + repeated(";B", 1'000'000) + ":x")) == "ok ok");
}

TEST_CASE_FIXTURE(VCardFiles, "a line of 50 MiB is told to be too long") {
    CHECK(faults(card("NOTE:" + repeated("x", upload))) == too_long);
    CHECK(faults(card("NOTE" + repeated(";TYPE=a", upload) + ":x")) == too_long);
    CHECK(faults(write(repeated("x", upload))).empty());
}

TEST_CASE_FIXTURE(VCardFiles, "millions of continuations are told to be too long") {
    CHECK(faults(card("NOTE:" + repeated("\n x", many))) == too_long);
    CHECK(faults(card("NOTE;QUOTED-PRINTABLE:" + repeated("x=\n", many))) == too_long);
    CHECK(faults(card("NOTE;QUOTED-PRINTABLE:" + repeated("=\n", many) + "x")) == too_long);
    CHECK(faults(card("NOTE;QUOTED-PRINTABLE:" + repeated("=", upload) + "\n" +
                      repeated("x\n", many))) == too_long);
}

TEST_CASE_FIXTURE(VCardFiles, "a picture of 50 MiB is passed over") {
    CHECK(faults(card("PHOTO;BASE64:" + repeated("\n AAAA", many))) == "ok ok");
    CHECK(faults(card("FN:x\nPHOTO:" + repeated("A", upload))) == "ok ok");
}

TEST_CASE_FIXTURE(VCardFiles, "cards in cards are told, however deep") {
    const std::string faulty = "The card has no END before the next BEGIN.";
    const std::string found = faults(write(repeated("BEGIN:VCARD\n", 1'200'000)));
    CHECK(found.starts_with(faulty + " " + faulty));
    CHECK(found.ends_with("The file ends before the card's END."));
    const std::string agents = repeated("AGENT:\nBEGIN:VCARD\n", 19 * 100'000);
    CHECK(faults(write("BEGIN:VCARD\n" + agents + "END:VCARD\nFN:A\nEND:VCARD\n")) ==
          "The card is longer than 1 MiB.");
}

TEST_CASE_FIXTURE(VCardFiles, "a card of thousands of addresses is one row") {
    std::string lines = "FN:A";
    for (int i = 0; i < 4'000; ++i)
        lines += "\nEMAIL:" + std::to_string(i) + "@b\nTEL:" + std::to_string(i);
    std::string places = "FN:A";
    for (int i = 0; i < 9'000; ++i) places += "\nADR:" + std::to_string(i);
    for (const auto& text : {lines, places}) {
        VCardReader reader(card(text));
        const auto first = reader.next();
        REQUIRE(first->fault.empty());
        const ImportRow row = contact_of(contact_kind(), *first);
        CHECK(row.errors.empty());
        const auto draft = check_create(contact_kind(), Json(row.body));
        REQUIRE(draft.has_error());
        CHECK(draft.error().errors.front().code == "too_large");
    }
}

TEST_CASE_FIXTURE(VCardFiles, "bytes that are no text fail their card alone") {
    const auto fate = [&](std::string_view bytes) {
        VCardReader reader(write(bytes));
        const ImportRow row = contact_of(contact_kind(), *reader.next());
        return row.errors.empty() ? "ok " + Json(row.body).text("name")
                                  : row.errors.front().code + " " + row.errors.front().detail;
    };
    using namespace std::string_view_literals;
    CHECK(fate("BEGIN:VCARD\nFN:A\0b\nEND:VCARD\n"sv) ==
          "invalid_format The row holds bytes that are no text.");
    CHECK(fate("BEGIN:VCARD\nFN;QUOTED-PRINTABLE:A=00b\nEND:VCARD\n") ==
          "invalid_format The row holds bytes that are no text.");
    CHECK(fate("BEGIN:VCARD\nFN:Zo\xEB\nEND:VCARD\n") == "ok Zoë");
    CHECK(fate("BEGIN:VCARD\nFN;ENCODING=QUOTED-PRINTABLE:=C3=28=\n=E9=\nEND:VCARD\n") ==
          "invalid_format The file ends before the card's END.");
}

} // namespace throughline
