#include "handlers/import/source.hpp"
#include "tests/support/skip.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>

namespace throughline {
namespace {

/// Nothing, and a line that says so, where the suite is absent.
std::optional<std::filesystem::path> contacts_suite() {
    const char* const named = std::getenv("THROUGHLINE_CONFORMANCE");
    const std::filesystem::path folder =
        std::filesystem::path(named != nullptr ? named
                                               : THROUGHLINE_SOURCE_DIR "/../shared/conformance") /
        "contacts";
    if (std::filesystem::exists(folder)) return folder;
    note_skip("there is no " + folder.string());
    return std::nullopt;
}

struct Person {
    std::string name;
    std::string email;
    std::string phone;
};

/// "name / email / phone" a line.
std::string text_of(const std::vector<Person>& people) {
    std::string text;
    for (const Person& person : people)
        text += person.name + " / " + person.email + " / " + person.phone + "\n";
    return text;
}

std::vector<Person> people_in(const std::filesystem::path& file) {
    const Kind kind = contact_kind();
    auto opened = open_import(kind, ImportFormat::vcard, file, {});
    REQUIRE(opened.has_value());
    std::vector<Person> people;
    while (const auto row = opened->rows->next()) {
        CHECK(row->errors.empty());
        const Json body(row->body);
        people.push_back({body.text("name"), body.text("email"), body.text("phone")});
    }
    return people;
}

bool binds(const BoundLayout& layout, ColumnTarget target, std::string_view key = {}) {
    return std::ranges::any_of(layout.columns, [&](const BoundColumn& column) {
        return column.destination == Destination{target, std::string(key)};
    });
}

} // namespace

TEST_CASE("every known header layout is recognised and says who and how to reach them") {
    const auto folder = contacts_suite();
    if (!folder) return;
    std::ifstream in(*folder / "export-headers.json");
    std::stringstream text;
    text << in.rdbuf();
    const Json layouts = parse_json(text.str());
    const Kind contacts = contact_kind();
    const Kind organizations = organization_kind();
    int seen = 0;
    for (const auto& [name, headers] : *layouts.object()) {
        if (headers.array() == nullptr || name == "messy_patterns_to_generate") continue;
        CAPTURE(name);
        ++seen;
        const bool companies = name == "hubspot_companies";
        std::vector<std::string> columns;
        for (const Json& header : *headers.array()) columns.push_back(*header.string());
        const BoundLayout layout = bind_columns(companies ? organizations : contacts, columns, {});
        CHECK(layout.name == name.substr(0, name.find('_')));
        if (companies) {
            CHECK(binds(layout, ColumnTarget::organization));
            CHECK(binds(layout, ColumnTarget::website));
        } else if (name != "hubspot_deals") { // deals are a kind of their own
            CHECK(binds(layout, ColumnTarget::first_name));
            CHECK(binds(layout, ColumnTarget::last_name));
            CHECK(binds(layout, ColumnTarget::email));
            if (name != "salesforce_leads_report") CHECK(binds(layout, ColumnTarget::phone));
            if (name != "google_contacts_legacy") CHECK(binds(layout, ColumnTarget::organization));
            if (name != "google_contacts_legacy" && name != "salesforce_data_loader_leads")
                CHECK(binds(layout, ColumnTarget::field, "job_position"));
        }
    }
    CHECK(seen == 10);
}

TEST_CASE("every vCard gives the person that its owner sees") {
    const auto folder = contacts_suite();
    if (!folder) return;
    const std::map<std::string, std::vector<Person>> expected{
        {"John_Doe_ANDROID.vcf",
         {{"john.doe@company.com", "john.doe@company.com", ""},
          {"jane.doe@company.com", "jane.doe@company.com", ""},
          {"Ñ Ñ Ñ Ñ Ñ", "", "123456789"},
          {"Ñ Ñ Ñ Ñ Ñ Ñ Ñ Ñ Ñ Ñ Ñ", "", "123456"},
          {"Ñ Ñ Ñ Ñ", "bob@company.com", "123456"},
          {"ÑÑÑÑ", "henry@company.com", "55556666"}}},
        {"John_Doe_BLACK_BERRY.vcf", {{"John Doe", "", "+96123456789"}}},
        {"John_Doe_EVOLUTION.vcf",
         {{"Mr. John Richter, James Doe Sr.", "john.doe@ibm.com", "905-666-1234"}}},
        {"John_Doe_GMAIL.vcf",
         {{"Mr. John Richter, James Doe Sr.", "john.doe@ibm.com", "905-555-1234"}}},
        {"John_Doe_IPHONE.vcf",
         {{"Mr. John Richter James Doe Sr.", "john.doe@ibm.com", "905-555-1234"}}},
        {"John_Doe_LOTUS_NOTES.vcf",
         {{"Mr. Doe John I Johny", "john.doe@ibm.com", "+1 (212) 204-34456"}}},
        {"John_Doe_MAC_ADDRESS_BOOK.vcf",
         {{"Mr. John Richter,James Doe Sr.", "john.doe@ibm.com", "905-777-1234"}}},
        {"John_Doe_MS_OUTLOOK.vcf",
         {{"Mr. John Richter James Doe Sr.", "john.doe@ibm.cm", "(905) 555-1234"}}},
        {"fullcontact.vcf",
         {{"Prefix FirstName MiddleName LastName Suffix", "home@example.com", "555-555-1111"}}},
        {"gmail-list.vcf",
         {{"Arnold Smith", "asmithk@gmail.com", ""},
          {"Chris Beatle", "chrisy55d@yahoo.com", ""},
          {"Doug White", "dwhite@gmail.com", ""}}},
        {"gmail-single.vcf", {{"Greg Dartmouth", "gdartmouth@hotmail.com", "555 555 1111"}}},
        {"gmail-single2.vcf", {{"VCard Test", "email@example.com", "5555551111"}}},
        {"issue114.vcf", {{"Dummy, Dummy", "dummy.dummy@dummy.com", "+49 1234 56789"}}},
        {"outlook-2003.vcf",
         {{"John Doe III", "jdoe@hotmail.com", ""}}}, // its numbers have no digit
        {"outlook-2007.vcf",
         {{"Mr. Michael Angstadt Jr.", "mike.angstadt@gmail.com", "(111) 555-1111"}}},
        {"rfc2426-example.vcf",
         {{"Frank Dawson", "Frank_Dawson@Lotus.com", "+1-919-676-9515"},
          {"Tim Howes", "howes@netscape.com", "+1-415-937-3419"}}},
        {"rfc6350-example.vcf",
         {{"Simon Perreault", "simon.perreault@viagenie.ca", "+1-418-656-9254 ext. 102"}}},
        {"thunderbird-MoreFunctionsForAddressBook-extension.vcf",
         {{"John Doe", "doe.john@hotmail.com", "555-555-1111"}}},
    };
    for (const auto& entry : std::filesystem::directory_iterator(*folder / "vcf")) {
        const std::string name = entry.path().filename().string();
        CAPTURE(name);
        REQUIRE(expected.contains(name));
        CHECK(text_of(people_in(entry.path())) == text_of(expected.at(name)));
    }
}

} // namespace throughline
