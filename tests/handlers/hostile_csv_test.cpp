#include "domain/record/change.hpp"
#include "handlers/import/csv_reader.hpp"
#include "handlers/import/source.hpp"
#include "tests/handlers/import_files.hpp"
#include "tests/support/peak_memory.hpp"

#include <doctest/doctest.h>

/// What is quadratic here does not end within ctest's time.
namespace throughline {
namespace {

constexpr std::size_t upload = 50U << 20; // the largest file that is taken
constexpr std::size_t little = 24U << 20; // a few rows of 1 MiB
const Kind contacts = contact_kind();

Result<OpenedImport> open(const std::filesystem::path& file, const ColumnMapping& mapping = {}) {
    return open_import(contacts, ImportFormat::csv, file, mapping);
}

/// "<code> <pointer>" of each row, "ok" of a good one, one after the other.
std::string fates(const std::filesystem::path& file, const ColumnMapping& mapping = {}) {
    const auto opened = open(file, mapping);
    if (!opened) return "refused: " + opened.error().detail;
    std::string out;
    while (const auto row = opened->rows->next())
        out += (out.empty() ? "" : ", ") +
               (row->errors.empty() ? "ok" : row->errors[0].code + " " + row->errors[0].where);
    return out;
}

std::string repeated(std::string_view text, std::size_t bytes) {
    std::string out;
    out.reserve(bytes + text.size());
    while (out.size() < bytes) out += text;
    return out;
}

} // namespace

TEST_CASE_FIXTURE(ImportFiles, "a file that is one line is refused, or one row of it fails") {
    const auto line = write(repeated("x", upload));
    const auto row = write("name,email\n" + repeated("x,", upload) + "\nAda,a@b.co\n", "row");
    const auto quote = write("name,email\nAda,a@b.co\n\"" + repeated("x\n,", upload), "quote");
    std::string found;
    CHECK(peak_memory_of([&] { found = fates(line) + "; " + fates(row) + "; " + fates(quote); }) <
          little);
    CHECK(found == "refused: The header row cannot be read.; too_large , ok; ok, too_large ");
}

TEST_CASE_FIXTURE(ImportFiles, "a million columns are too many") {
    const auto header = write(repeated("name,", 5'000'000) + "\nAda\n");
    const auto rows = write("name\n" + repeated(repeated("x,", 2'000'000) + "\n", upload), "rows");
    std::string found;
    CHECK(peak_memory_of([&] { found = fates(header) + "; " + fates(rows).substr(0, 24); }) <
          little);
    CHECK(found == "refused: The header row cannot be read.; too_large , too_large , ");
}

TEST_CASE_FIXTURE(ImportFiles, "a row of bytes that are no text fails alone") {
    using namespace std::string_view_literals;
    CHECK(fates(write("\xEF\xBB\xBFname,email\nA\0da,\nBob,\nC\xFF,\nD\xC3,\nE,\n"sv)) ==
          "invalid_format , ok, invalid_format , invalid_format , ok");
    CHECK(fates(write("name,email\nA\0da,a@b.co\nBob,b@b.co\n"sv)) == "invalid_format , ok");
    CHECK(fates(write("na\0me,email\nAda,a@b.co\n"sv)) ==
          "refused: The header row cannot be read.");
    const std::string name = repeated("\xC3\xBC", 100); // in much UTF-8 a few other bytes
    CHECK(fates(write("name,soci\xE9t\xE9,email\n" + name + ",,a@b.co\nC\xFF,,b@b.co\n")) ==
          "ok, invalid_format ");
}

TEST_CASE_FIXTURE(ImportFiles, "broken UTF-16 is text with replacement characters") {
    using namespace std::string_view_literals;
    CHECK(fates(write("\xFF\xFEn\0a\0m\0e\0\n\0A\0\x00\xD8\n\0\x00\xDC\n\0B\0\n"sv)) ==
          "ok, ok, ok"); // lone surrogates, and half a character at the end
    CHECK(fates(write(repeated("\xFF\xFE", upload))) == "refused: The header row cannot be read.");
}

TEST_CASE_FIXTURE(ImportFiles, "a sep= line names a delimiter, or it is a row") {
    CHECK(CsvReader(write("sep=|\na|b\n")).delimiter() == '|');
    CHECK(CsvReader(write("sep=\t\na\tb\n")).delimiter() == '\t');
    for (const std::string none : {"\n", "\r\n", "\"\n", "x\n", " \n", "\xC3\xA9\n", "\x01\n"}) {
        CAPTURE(none);
        CHECK(CsvReader(write("sep=" + none + "a,b\n")).delimiter() == ',');
    }
    CHECK(CsvReader(write("sep=")).delimiter() == ',');
    // Byte 255 is not the end of the file.
    CsvReader reader(write("\xEF\xBB\xBFsep=\xFF\nname,email\nAda,a@b.co\n"));
    CHECK(reader.next()->cells.size() == 1);
    CHECK(reader.next()->cells.size() == 2);
    CHECK(reader.next()->line == 3);
    CHECK_FALSE(reader.next());
}

TEST_CASE_FIXTURE(ImportFiles, "a cell of a hundred thousand values is read in one go") {
    std::string addresses;
    std::string numbers;
    std::string members = "{";
    for (int i = 0; i < 100'000; ++i) {
        addresses += (i == 0 ? "a" : ",a") + std::to_string(i) + "@b";
        numbers += (i == 0 ? "1" : ";1") + std::to_string(i);
        if (i < 9'000) members += (i == 0 ? R"(""k)" : R"(,""k)") + std::to_string(i) + R"("":1)";
    }
    const auto file =
        write("Name,Email,Phone,Tags,metadata\nA,\"" + addresses + "\",,,\nB,,\"" + numbers +
              "\",,\nC,,,\"" + numbers + "\",\nD,,,,\"" + members + "}\"\n");
    const auto opened = open(file);
    REQUIRE(opened.has_value());
    std::size_t rows = 0;
    while (const auto row = opened->rows->next()) {
        ++rows;
        CHECK(row->errors.empty());
        const auto draft = check_create(contacts, Json(row->body));
        REQUIRE(draft.has_error());
        CHECK(draft.error().errors.front().code == "too_large");
    }
    CHECK(rows == 4);
}

TEST_CASE_FIXTURE(ImportFiles, "a mapping of many long headers is read in one go") {
    std::string header = "Email";
    ColumnMapping mapping;
    for (int i = 0; i < 3000; ++i) {
        const std::string name = "É" + std::string(300, 'x') + std::to_string(i);
        header += "," + name;
        mapping.emplace_back(name, "metadata.k" + std::to_string(i));
    }
    CHECK(fates(write(header + "\na@b.co\nc@d.co,1\n"), mapping) == "ok, ok");
    mapping.emplace_back("none", "name");
    CHECK(open(write(header + "\n"), mapping).error().errors.front().where == "/mapping/none");
}

TEST_CASE_FIXTURE(ImportFiles, "a mapping to a long metadata key is refused") {
    const auto file = write("Who\nAda\n");
    CHECK(fates(file, {{"Who", "metadata." + std::string(255, 'k')}}) == "ok");
    const auto refused = open(file, {{"Who", "metadata." + std::string(256, 'k')}});
    REQUIRE(refused.has_error());
    CHECK(refused.error().errors.front() ==
          FieldError{"/mapping/Who", "too_large", "A key of metadata has at most 255 bytes."});
}

} // namespace throughline
