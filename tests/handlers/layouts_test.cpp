#include "handlers/import/layouts.hpp"
#include "handlers/import/source.hpp"
#include "tests/handlers/import_files.hpp"

#include <doctest/doctest.h>

namespace throughline {
namespace {

const Kind contacts = contact_kind();
const Kind organizations = organization_kind();

/// The rows of a CSV file as the bodies of commands.
std::vector<ImportRow> rows_of(const Kind& kind, const std::filesystem::path& file,
                               const ColumnMapping& mapping = {}) {
    auto opened = open_import(kind, ImportFormat::csv, file, mapping);
    REQUIRE(opened.has_value());
    std::vector<ImportRow> rows;
    while (auto row = opened->rows->next()) rows.push_back(std::move(*row));
    return rows;
}

Json body_of(const Kind& kind, const std::filesystem::path& file,
             const ColumnMapping& mapping = {}) {
    const auto rows = rows_of(kind, file, mapping);
    REQUIRE(rows.size() == 1);
    CHECK(rows.front().errors.empty());
    return rows.front().body;
}

} // namespace

TEST_CASE_FIXTURE(ImportFiles, "Google, as it writes since 2024") {
    const Json body = body_of(
        contacts,
        write(
            "First Name,Middle Name,Last Name,Name Prefix,Name Suffix,File As,Organization Name,"
            "Organization Title,Notes,Labels,E-mail 1 - Label,E-mail 1 - Value,E-mail 2 - Value,"
            "Phone 1 - Value,Phone 2 - Value,Address 1 - Formatted,Address 1 - City,Address 2 - "
            "City,"
            "Website 1 - Value\n"
            "Ada,King,Lovelace,Dr.,PhD,,Acme,Engineer,\"two\nlines\",* myContacts ::: Friends,Work,"
            "a@x.co ::: b@x.co,c@x.co,,+1 2,Whole,Town,Else,https://x.co\n"));
    CHECK(body.text("name") == "Dr. Ada King Lovelace PhD");
    CHECK(body.text("email") == "a@x.co");
    CHECK(body.text("phone") == "+1 2");
    CHECK(body.text("organization") == "Acme");
    CHECK(body.text("job_position") == "Engineer");
    CHECK(*body.find("tags") == Json(JsonArray{"myContacts", "Friends"}));
    const Json& metadata = *body.find("metadata");
    CHECK(metadata.text("email_2") == "b@x.co");
    CHECK(metadata.text("email_3") == "c@x.co");
    CHECK(metadata.text("address") == "Whole");
    CHECK(metadata.text("address_2") == "Else");
    CHECK(metadata.text("notes") == "two\nlines");
    CHECK(metadata.text("website") == "https://x.co");
}

TEST_CASE("columns that are not used are named") {
    const auto bound = bind_columns(
        contacts, {"Given Name", "Family Name", "Photo", "E-mail 1 - Type", "E-mail 1 - Value"},
        {});
    CHECK(bound.name == "google");
    CHECK(bound.unmapped_columns == std::vector<std::string>{"Photo", "E-mail 1 - Type"});
}

TEST_CASE_FIXTURE(ImportFiles, "a title is a salutation in Outlook and a job in Salesforce") {
    const Json outlook = body_of(
        contacts, write("Title,First Name,Last Name,E-mail Address,E-mail 2 Address,Home Phone,"
                        "Business Phone,Company,Job Title,Home Street,Home City,Categories\n"
                        "Mr.,Al,Bo,a@x.co,b@x.co,,123,Acme,Boss,1 Road,Town,Red;Blue\n"));
    CHECK(outlook.text("name") == "Mr. Al Bo");
    CHECK(outlook.text("job_position") == "Boss");
    CHECK(outlook.text("phone") == "123");
    CHECK(*outlook.find("tags") == Json(JsonArray{"Red", "Blue"}));
    CHECK(outlook.find("metadata")->text("home_address") == "1 Road, Town");
    const Json salesforce = body_of(
        contacts, write("Salutation,First Name,Last Name,Title,Phone,Email,Account Owner,"
                        "Account Name,Mailing City\nMs.,Al,Bo,Boss,123,a@x.co,Ann,Acme,Town\n"));
    CHECK(salesforce.text("name") == "Ms. Al Bo");
    CHECK(salesforce.text("job_position") == "Boss");
    CHECK(salesforce.text("organization") == "Acme");
    CHECK(salesforce.text("owner") == "Ann");
    CHECK(salesforce.find("metadata")->text("address") == "Town");
}

TEST_CASE_FIXTURE(ImportFiles, "HubSpot's and Salesforce's ids are external ids") {
    CHECK(body_of(contacts, write("Record ID,First Name,Email\n77,Al,a@x.co\n"))
              .find("metadata")
              ->text("external_id") == "77");
    CHECK(body_of(contacts, write("Id,FirstName,LastName\n003A,Al,Bo\n"))
              .find("metadata")
              ->text("external_id") == "003A");
}

TEST_CASE_FIXTURE(ImportFiles, "a company is an organization's name and a contact's organization") {
    const auto file = write("Record ID,Company name,Website URL\n1,Acme,acme.example\n");
    const Json organization = body_of(organizations, file);
    CHECK(organization.text("name") == "Acme");
    CHECK(organization.text("website") == "https://acme.example");
    CHECK(body_of(contacts, file).text("organization") == "Acme");
}

TEST_CASE_FIXTURE(ImportFiles, "headers that equal field names or labels bind without a layout") {
    const auto bound = bind_columns(
        contacts, {"NAME", "Job position", "organization", "email", "tags", "Shoe size"}, {});
    CHECK(bound.name == "custom");
    CHECK(bound.columns.size() == 5);
    CHECK(bound.unmapped_columns == std::vector<std::string>{"Shoe size"});
    const Json body =
        body_of(contacts,
                write("name,tags,metadata,organization\nAl,\"a, b\",\"{\"\"tier\"\":1}\",Acme\n"));
    CHECK(*body.find("tags") == Json(JsonArray{"a", "b"}));
    CHECK(to_text(*body.find("metadata")) == R"({"tier":1})");
    CHECK(body.text("organization") == "Acme");
}

TEST_CASE_FIXTURE(ImportFiles, "a field of the tenant's own binds by each of its names") {
    Kind own = contact_kind();
    own.custom = {text("tierLevel")};
    for (const std::string& header :
         std::vector<std::string>{"tierLevel", "metadata.tierLevel", "Metadata.tierlevel"}) {
        CAPTURE(header);
        CHECK(body_of(own, write("name," + header + "\nAl,gold\n"))
                  .find("metadata")
                  ->text("tierLevel") == "gold");
    }
    CHECK(bind_columns(own, {"name", "metadata.free"}, {}).unmapped_columns ==
          std::vector<std::string>{"metadata.free"});
}

TEST_CASE_FIXTURE(ImportFiles, "an amount in a table of one's own is a deal's value") {
    const Kind deals = deal_kind();
    for (const std::string& header : std::vector<std::string>{"Amount", "Value", "Deal value"}) {
        CAPTURE(header);
        CHECK(bind_columns(deals, {"Name", header}, {}).name == "custom");
        CHECK(body_of(deals, write("Name," + header + "\nBig,1200.50\n")).text("value") ==
              "1200.50");
    }
    CHECK(bind_columns(contacts, {"Name", "Amount"}, {}).unmapped_columns ==
          std::vector<std::string>{"Amount"});
}

TEST_CASE_FIXTURE(ImportFiles,
                  "of headers that differ by case alone the field's own name is used") {
    const auto file = write("Name,name,NAME,email\nwrong,right,wrong,a@x.co\n");
    CHECK(body_of(contacts, file).text("name") == "right");
    CHECK(bind_columns(contacts, {"Name", "name", "NAME"}, {}).unmapped_columns ==
          std::vector<std::string>{"Name", "NAME"});
}

TEST_CASE_FIXTURE(ImportFiles, "of one header twice the second fills in where the first is empty") {
    const Json first = body_of(contacts, write("name,name,email,email\nAda,Bob,a@x.co,b@x.co\n"));
    CHECK(first.text("name") == "Ada");
    CHECK(first.text("email") == "a@x.co");
    CHECK(first.find("metadata")->text("email_2") == "b@x.co");
    const Json second =
        body_of(contacts, write("name,job position,email,job position\nAda,,a@x.co,Analyst\n"));
    CHECK(second.text("job_position") == "Analyst");
    // So both are used.
    CHECK(bind_columns(contacts, {"name", "name", "email", "email"}, {}).unmapped_columns.empty());
    CHECK(bind_columns(contacts, {"name", "email", "email"}, {{"email", "job_position"}})
              .unmapped_columns.empty());
}

TEST_CASE_FIXTURE(ImportFiles, "a mapping overrides the layout") {
    const Json body = body_of(
        contacts,
        write(
            "First Name,Last Name,E-mail Address,E-mail 2 Address,Notes\nAl,Bo,a@x.co,b@x.co,n\n"),
        {{"E-mail 2 Address", "email"}, {"Notes", "job_position"}, {"Last Name", std::nullopt}});
    CHECK(body.text("email") == "b@x.co");
    CHECK(body.find("metadata")->text("email_2") == "a@x.co");
    CHECK(body.text("job_position") == "n");
    CHECK(body.text("name") == "Al");
    CHECK(body_of(contacts, write("Wer,Was\nAl,x\n"), {{"Wer", "name"}, {"was", "metadata.what"}})
              .find("metadata")
              ->text("what") == "x");
}

TEST_CASE_FIXTURE(ImportFiles, "an id in a table of one's own is the record's where it can be") {
    const std::string id = "0190c0de-0000-7000-8000-000000000001";
    const auto id_of = [&](const std::string& text, const ColumnMapping& mapping = {}) {
        const auto rows = rows_of(contacts, write(text), mapping);
        REQUIRE(rows.size() == 1);
        CHECK(rows.front().errors.empty());
        return rows.front().id;
    };
    CHECK(id_of("id,name\n" + id + ",Al\n") == parse_uuid(id));
    CHECK(id_of("Nr,name\n" + id + ",Al\n", {{"Nr", "id"}}) == parse_uuid(id));
    CHECK_FALSE(id_of("id,name\n17,Al\n").has_value());
    CHECK_FALSE(id_of("Record ID,First Name,id\n7,Al," + id + "\n").has_value());
    // One of another program's is left over, or an external id where the user says so.
    const auto left_over = [&](const std::string& text) {
        return open_import(contacts, ImportFormat::csv, write(text), {})->unmapped_columns;
    };
    CHECK(left_over("id,name\n17,Al\n") == std::vector<std::string>{"id"});
    CHECK(left_over("id,name\n,Al\n ,Bo\n17,Cy\n") == std::vector<std::string>{"id"});
    CHECK(left_over("id,name\n,Al\n" + id + ",Bo\n").empty());
    CHECK(left_over("id,name\n" + id + ",Al\n").empty());
    CHECK(left_over("id,name\n,Al\n").empty());
    CHECK(left_over("id,name\n").empty());
    for (const std::string& cell : {std::string("17"), id}) {
        CAPTURE(cell);
        CHECK(
            body_of(contacts, write("id,name\n" + cell + ",Al\n"), {{"id", "metadata.external_id"}})
                .find("metadata")
                ->text("external_id") == cell);
    }
    Kind own = contact_kind();
    own.custom = {text("id")};
    CHECK(body_of(own, write("id,name\n17,Al\n")).find("metadata")->text("id") == "17");
}

TEST_CASE("a mapping to an unknown field is told by its column") {
    const auto errors = check_mapping(contacts, {"A/B", "c", "D"},
                                      {{"A/B", "nmae"}, {"C", "name"}, {"D", std::nullopt}});
    REQUIRE(errors.size() == 1);
    CHECK(errors[0].where == "/mapping/A~1B");
    CHECK(errors[0].code == "unknown_field");
}

TEST_CASE_FIXTURE(ImportFiles, "two values in one cell") {
    const Json body =
        body_of(contacts, write("name,email,phone\nAl,a@x.co / +1 555 1234,030 1; 030 2\n"));
    CHECK(body.text("email") == "a@x.co");
    CHECK(body.text("phone") == "+1 555 1234");
    CHECK(body.find("metadata")->text("phone_2") == "030 1");
    CHECK(body.find("metadata")->text("phone_3") == "030 2");
    const auto email = [&](const std::string& cell) {
        return body_of(contacts, write("name,email\nAl," + cell + "\n")).text("email");
    };
    CHECK(email("a@x.co/b@x.co") == "a@x.co");
    CHECK(email("a@x.co/+1 555 1234") == "a@x.co");
    CHECK(email("sales/eu@x.co") == "sales/eu@x.co");
}

TEST_CASE_FIXTURE(ImportFiles,
                  "a number that a spreadsheet mangled is refused, a formula is kept") {
    auto rows = rows_of(contacts, write("name,phone\nAl,9.87E+09\n=1+1,+1 555\n"));
    REQUIRE(rows.size() == 2);
    REQUIRE(rows[0].errors.size() == 1);
    CHECK(rows[0].errors[0].where == "/phone");
    CHECK(Json(rows[1].body).text("name") == "=1+1");
}

TEST_CASE_FIXTURE(ImportFiles,
                  "cells missing at the end are empty, filled ones too many are an error") {
    const auto rows =
        rows_of(contacts, write("name,email,phone\nAl\nBo,b@x.co,1,,\nCy,c@x.co,1,extra\n"));
    REQUIRE(rows.size() == 3);
    CHECK(rows[0].errors.empty());
    CHECK(rows[1].errors.empty());
    REQUIRE(rows[2].errors.size() == 1);
    CHECK(rows[2].line == 4);
}

TEST_CASE_FIXTURE(ImportFiles, "without a name the email, phone or organization stands for it") {
    const auto rows =
        rows_of(contacts, write("name,email,phone,company\n,a@x.co,1,Acme\n,,1,Acme\n,,,Acme\n"));
    REQUIRE(rows.size() == 3);
    CHECK(Json(rows[0].body).text("name") == "a@x.co");
    CHECK(Json(rows[1].body).text("name") == "1");
    CHECK(Json(rows[2].body).text("name") == "Acme");
    CHECK(rows[0].name_is_borrowed);
}

TEST_CASE_FIXTURE(ImportFiles, "files that say nothing are refused") {
    CHECK_FALSE(open_import(contacts, ImportFormat::csv, write(""), {}).has_value());
    CHECK_FALSE(
        open_import(contacts, ImportFormat::csv, write("shoe,size\n1,2\n"), {}).has_value());
    CHECK_FALSE(open_import(contacts, ImportFormat::csv,
                            write("id,shoe\n0190c0de-0000-7000-8000-000000000001,2\n"), {})
                    .has_value());
    CHECK_FALSE(open_import(contacts, ImportFormat::vcard, write("name,email\n"), {}).has_value());
    CHECK_FALSE(
        open_import(organizations, ImportFormat::vcard, write("BEGIN:VCARD\nEND:VCARD\n"), {})
            .has_value());
    CHECK_FALSE(open_import(contacts, ImportFormat::ndjson, write("\n"), {}).has_value());
}

TEST_CASE_FIXTURE(ImportFiles, "NDJSON is read line by line, what is ours is left out") {
    auto opened =
        open_import(contacts, ImportFormat::ndjson,
                    write("{\"id\":\"x\",\"version\":3,\"name\":\"Al\"}\n\n[1]\n{\"a\":\n"), {});
    REQUIRE(opened.has_value());
    auto first = opened->rows->next();
    CHECK(to_text(Json(first->body)) == R"({"name":"Al"})");
    auto second = opened->rows->next();
    CHECK(second->line == 3);
    CHECK(second->errors.front().code == "invalid_type");
    auto third = opened->rows->next();
    CHECK(third->line == 4);
    CHECK(third->errors.front().code == "malformed_json");
    CHECK_FALSE(opened->rows->next().has_value());
}

} // namespace throughline
