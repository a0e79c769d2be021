#include "bus/ids.hpp"
#include "handlers/export/vcard_writer.hpp"
#include "handlers/import/source.hpp"
#include "handlers/import/vcard_reader.hpp"
#include "tests/handlers/import_files.hpp"

#include <doctest/doctest.h>

namespace throughline {
namespace {

std::vector<VCard> cards_of(VCardReader reader) {
    std::vector<VCard> cards;
    while (auto card = reader.next()) cards.push_back(std::move(*card));
    return cards;
}

std::string value_of(const VCard& card, std::string_view name) {
    for (const VCardProperty& property : card.properties)
        if (property.name == name) return property.value;
    return "(none)";
}

/// The body that the only card of a file gives.
JsonObject body_of(const std::filesystem::path& file) {
    const auto cards = cards_of(VCardReader(file));
    REQUIRE(cards.size() == 1);
    return contact_of(contact_kind(), cards.front()).body;
}

std::string text_at(const JsonObject& body, std::string_view member) {
    return Json(body).text(member);
}

} // namespace

TEST_CASE_FIXTURE(ImportFiles, "folded lines are one line, also within a character") {
    const auto cards =
        cards_of(VCardReader(write("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Zo\xC3\r\n \xAB Lee\r\n"
                                   "NOTE:one\r\n  two\r\n\tthree\r\nEND:VCARD\r\n")));
    REQUIRE(cards.size() == 1);
    CHECK(cards[0].line == 1);
    CHECK(cards[0].version == "3.0");
    CHECK(value_of(cards[0], "FN") == "Zoë Lee");
    CHECK(value_of(cards[0], "NOTE") == "one twothree");
}

TEST_CASE_FIXTURE(ImportFiles, "quoted-printable with soft line breaks and a charset") {
    const auto cards = cards_of(VCardReader(
        write("BEGIN:VCARD\nVERSION:2.1\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=C3=91=\n=C3=91;"
              "Ana;;;\n"
              "ORG;CHARSET=ISO-8859-1;QUOTED-PRINTABLE:Caf=E9\nTITLE:J\xF6rg\nEND:VCARD\n")));
    REQUIRE(cards.size() == 1);
    CHECK(cards[0].fault.empty());
    CHECK(value_of(cards[0], "N") == "ÑÑ;Ana;;;");
    CHECK(value_of(cards[0], "ORG") == "Café");
    CHECK(value_of(cards[0], "TITLE") == "Jörg");
}

TEST_CASE_FIXTURE(ImportFiles, "a value is read in the charset that it names") {
    const auto cards = cards_of(VCardReader(
        write("BEGIN:VCARD\nVERSION:2.1\nFN;CHARSET=KOI8-R;QUOTED-PRINTABLE:=E9=D7=C1=CE\n"
              "ORG;CHARSET=Shift_JIS:\x8E\x52\x93\x63\nTITLE;CHARSET=ISO-8859-15:5 \xA4\n"
              "NOTE;CHARSET=x-none:Jörg\nEND:VCARD\n"
              "BEGIN:VCARD\nFN;CHARSET=x-\xF6none:J\xF6rg\nEND:VCARD\n")));
    REQUIRE(cards.size() == 2);
    CHECK(cards[0].fault.empty());
    CHECK(value_of(cards[0], "FN") == "Иван");
    CHECK(value_of(cards[0], "ORG") == "山田");
    CHECK(value_of(cards[0], "TITLE") == "5 €");
    CHECK(value_of(cards[0], "NOTE") == "Jörg");
    CHECK(cards[1].fault == "Line 9 is in a charset that is not known: x-none.");
}

TEST_CASE_FIXTURE(ImportFiles, "groups, bare types of 2.1, quoted parameters of 4.0") {
    const auto cards =
        cards_of(VCardReader(write("BEGIN:VCARD\nitem1.EMAIL;type=INTERNET;type=pref:a@b.co\n"
                                   "TEL;WORK;VOICE:1\nTEL;TYPE=\"work,cell\":2\nEND:VCARD\n")));
    REQUIRE(cards.size() == 1);
    const auto& properties = cards[0].properties;
    REQUIRE(properties.size() == 3);
    CHECK(properties[0].group == "item1");
    CHECK(properties[0].name == "EMAIL");
    CHECK(properties[0].has_type("PREF"));
    CHECK(properties[1].has_type("work"));
    CHECK(properties[2].has_type("cell"));
    CHECK_FALSE(properties[2].has_type("fax"));
}

TEST_CASE_FIXTURE(ImportFiles, "broken cards are told with their line, and the next one is read") {
    const auto cards = cards_of(
        VCardReader(write("BEGIN:VCARD\nFN:A\nBEGIN:VCARD\nFN:B\nthis is nothing\nEND:VCARD\n"
                          "\nBEGIN:VCARD\nFN:C\nEND:VCARD\nBEGIN:VCARD\nFN:D\n")));
    REQUIRE(cards.size() == 4);
    CHECK(cards[0].line == 1);
    CHECK(cards[0].fault == "The card has no END before the next BEGIN.");
    CHECK(cards[1].line == 3);
    CHECK(cards[1].fault == "Line 5 is no property.");
    CHECK(cards[2].line == 8);
    CHECK(cards[2].fault.empty());
    CHECK(value_of(cards[2], "FN") == "C");
    CHECK(cards[3].line == 11);
    CHECK(cards[3].fault == "The file ends before the card's END.");
}

TEST_CASE_FIXTURE(ImportFiles, "pictures are passed over, however long and however folded") {
    const std::string picture(2U << 20, 'A');
    const auto cards = cards_of(VCardReader(
        write("BEGIN:VCARD\nPHOTO;BASE64:\n " + picture + "\n" + "AAAA==\n\nFN:A\nEND:VCARD\n")));
    REQUIRE(cards.size() == 1);
    CHECK(cards[0].fault.empty());
    CHECK(value_of(cards[0], "FN") == "A");
}

TEST_CASE_FIXTURE(ImportFiles, "a card over 1 MiB without its pictures is a fault") {
    const auto cards = cards_of(VCardReader(
        write("BEGIN:VCARD\nNOTE:" + std::string(1U << 20, 'x') + "\n yy\nEND:VCARD\n")));
    REQUIRE(cards.size() == 1);
    CHECK(cards[0].fault == "The card is longer than 1 MiB.");
}

TEST_CASE_FIXTURE(ImportFiles, "the preferred address and number come first, faxes never") {
    const auto body =
        body_of(write("BEGIN:VCARD\nFN:A\nEMAIL:second@b.co\nEMAIL;PREF=1:first@b.co\n"
                      "TEL;TYPE=FAX:111\nTEL:222\nTEL;TYPE=pref:tel:+1-333;ext=4\nEND:VCARD\n"));
    CHECK(text_at(body, "email") == "first@b.co");
    CHECK(text_at(body, "phone") == "+1-333 ext. 4");
    CHECK(body.find("metadata")->text("email_2") == "second@b.co");
    CHECK(body.find("metadata")->text("phone_2") == "222");
    CHECK(body.find("metadata")->text("fax") == "111");
}

TEST_CASE_FIXTURE(ImportFiles,
                  "the name comes from FN, else from N, else from what else is known") {
    CHECK(text_at(body_of(write("BEGIN:VCARD\nN:Doe;Ann;Bea,Cea;Dr.;Jr.\nFN:Ann D.\nEND:VCARD\n")),
                  "name") == "Ann D.");
    CHECK(text_at(body_of(write("BEGIN:VCARD\nN:Doe;Ann;Bea,Cea;Dr.;Jr.\nEND:VCARD\n")), "name") ==
          "Dr. Ann Bea Cea Doe Jr.");
    CHECK(text_at(body_of(write("BEGIN:VCARD\nORG:Acme;Sales\nEMAIL:a@b.co\nEND:VCARD\n")),
                  "name") == "a@b.co");
}

TEST_CASE_FIXTURE(ImportFiles, "escapes, categories, addresses and dates") {
    const auto body = body_of(
        write("BEGIN:VCARD\nFN:Dummy\\, Ann\nCATEGORIES:a,b\\, c\nNOTE:one\\ntwo\\;\\\\\n"
              "ADR;TYPE=HOME:;;1 Main St;Town;;123;Land\nBDAY:19800322\nURL:http\\://x.org\n"
              "UID:u-1\nORG:Acme\\; Sons;Dept\nTITLE:Boss\nEND:VCARD\n"));
    CHECK(text_at(body, "name") == "Dummy, Ann");
    CHECK(*body.find("tags") == Json(JsonArray{"a", "b, c"}));
    CHECK(text_at(body, "organization") == "Acme; Sons");
    CHECK(text_at(body, "job_position") == "Boss");
    const Json& metadata = *body.find("metadata");
    CHECK(metadata.text("notes") == "one\ntwo;\\");
    CHECK(metadata.text("address") == "1 Main St, Town, 123, Land");
    CHECK(metadata.text("birthday") == "1980-03-22");
    CHECK(metadata.text("website") == "http://x.org");
    CHECK(metadata.text("external_id") == "u-1");
    CHECK(metadata.text("department") == "Dept");
}

TEST_CASE_FIXTURE(ImportFiles, "tags come back from a vCard as they were, whatever they hold") {
    const JsonArray tags{"plain", "a,b", "c;d", "e\\f", "* g", "[\"h\"]", "i ::: j"};
    Record contact;
    contact.fields = {{"name", "Ann"}, {"tags", tags}};
    const auto body = body_of(write(vcard_of(new_id(), contact, "")));
    CHECK(*body.find("tags") == Json(tags));
}

TEST_CASE_FIXTURE(ImportFiles, "what is kept of a card comes back from a vCard") {
    const JsonObject metadata{{"email_2", "b@x.co"},
                              {"phone_2", "+1 3"},
                              {"fax", "+1 4"},
                              {"home_fax", "+1 5"},
                              {"pager", "6"},
                              {"notes", "one\ntwo"},
                              {"website", "https://x.co/a;b"},
                              {"website_2", "https://y.co"},
                              {"address", "1 Main St, Town"},
                              {"address_2", "Elsewhere; far"}};
    Record contact;
    contact.fields = {
        {"name", "Ann"}, {"email", "a@x.co"}, {"phone", "+1 2"}, {"metadata", metadata}};
    const auto body = body_of(write(vcard_of(new_id(), contact, "")));
    CHECK(text_at(body, "email") == "a@x.co");
    CHECK(text_at(body, "phone") == "+1 2");
    for (const JsonMember& member : metadata)
        CHECK(body.find("metadata")->text(member.name) == *member.value.string());
}

TEST_CASE_FIXTURE(ImportFiles, "backslashes of vCard 2.1 escape semicolons and themselves alone") {
    const auto notes = [&](const std::string& version) {
        return body_of(write("BEGIN:VCARD\nVERSION:" + version + "\nFN:Ann\n" +
                             R"(NOTE:C:\new\,\\a\;b\)" + "\nORG:A\\;B;C\nEND:VCARD\n"));
    };
    CHECK(notes("2.1").find("metadata")->text("notes") == R"(C:\new\,\a;b\)");
    CHECK(text_at(notes("2.1"), "organization") == "A;B");
    CHECK(notes("3.0").find("metadata")->text("notes") == "C:\new,\\a;b\\");
}

} // namespace throughline
