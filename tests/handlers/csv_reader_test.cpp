#include "handlers/import/csv_reader.hpp"
#include "tests/handlers/import_files.hpp"

#include <doctest/doctest.h>

namespace throughline {
namespace {

/// "<line>:a|b" a row, with a mark for its fault.
std::string rows_of(CsvReader reader) {
    std::string out;
    while (const auto row = reader.next()) {
        out += std::to_string(row->line) + ":";
        for (const std::string& cell : row->cells)
            out += (&cell == &row->cells.front() ? "" : "|") + cell;
        out += row->fault == CsvRow::Fault::unterminated_quote ? "!quote"
               : row->fault == CsvRow::Fault::too_long         ? "!long"
                                                               : "";
        out += " ";
    }
    return out;
}

} // namespace

TEST_CASE_FIXTURE(ImportFiles, "rows end in CRLF, LF or a lone CR, the last also at the end") {
    CHECK(rows_of(CsvReader(write("a,b\r\n1,2\r\n"))) == "1:a|b 2:1|2 ");
    CHECK(rows_of(CsvReader(write("a,b\n1,2"))) == "1:a|b 2:1|2 ");
    CHECK(rows_of(CsvReader(write("a,b\r1,2\r3,4"))) == "1:a|b 2:1|2 3:3|4 ");
}

TEST_CASE_FIXTURE(ImportFiles, "quoted cells hold delimiters, line breaks and doubled quotes") {
    CHECK(rows_of(CsvReader(write("a,b\n\"x,y\",\"say \"\"hi\"\"\"\n"))) ==
          "1:a|b 2:x,y|say \"hi\" ");
    CHECK(rows_of(CsvReader(write("a\n\"one\r\ntwo\nthree\"\nlast\n"))) ==
          "1:a 2:one\r\ntwo\nthree 5:last ");
    CHECK(rows_of(CsvReader(write("a,b\n\"\",\"\"\"\"\n"))) == "1:a|b 2:|\" ");
    CHECK(rows_of(CsvReader(write("a,b\n5\" disk,\"x\"tail\n"))) == "1:a|b 2:5\" disk|xtail ");
}

TEST_CASE_FIXTURE(ImportFiles, "a line break within quotes may be a lone CR") {
    CHECK(rows_of(CsvReader(write("a,b\r\"x\ry\",1\rz,2\r"))) == "1:a|b 2:x\ry|1 4:z|2 ");
}

TEST_CASE_FIXTURE(ImportFiles, "the delimiter is told from the first row that holds something") {
    CHECK(CsvReader(write("a;b;c\n1;2,5;3\n")).delimiter() == ';');
    CHECK(CsvReader(write("a\tb, c\td\n")).delimiter() == '\t');
    CHECK(CsvReader(write("\"a;b;c\",d\n")).delimiter() == ',');
    CHECK(CsvReader(write("only\n")).delimiter() == ',');
    CHECK(CsvReader(write(",,,,\n;;\na;b\n")).delimiter() == ';');
}

TEST_CASE_FIXTURE(ImportFiles, "a spreadsheet's sep= line names the delimiter and is no row") {
    CHECK(rows_of(CsvReader(write("sep=;\na;b\n1;2\n"))) == "2:a|b 3:1|2 ");
}

TEST_CASE_FIXTURE(ImportFiles, "blank rows are passed over and still counted as lines") {
    CHECK(rows_of(CsvReader(write("\n,,\n  \na,b\n\n1,2\n,\n"))) == "4:a|b 6:1|2 ");
}

TEST_CASE_FIXTURE(ImportFiles, "rows may be ragged") {
    CHECK(rows_of(CsvReader(write("a,b,c\n1\n1,2,3,4\n1,2,3,\n"))) ==
          "1:a|b|c 2:1 3:1|2|3|4 4:1|2|3| ");
}

TEST_CASE_FIXTURE(ImportFiles,
                  "a quote that does not end is told with the line where its row begins") {
    CHECK(rows_of(CsvReader(write("a,b\n1,2\n3,\"open\nmore\n"))) ==
          "1:a|b 2:1|2 3:3|open\nmore\n!quote ");
}

TEST_CASE_FIXTURE(ImportFiles, "a row over 1 MiB is a fault and the rows after it are read") {
    std::string text = "a,b\n\"";
    text.append(max_import_row_bytes + 10, 'x');
    text += "\",1\n2,3\n";
    CsvReader reader(write(text));
    CHECK(reader.next()->cells.size() == 2);
    CHECK(reader.next()->fault == CsvRow::Fault::too_long);
    const auto after = reader.next();
    REQUIRE(after);
    CHECK(after->line == 3);
    CHECK(after->cells.front() == "2");
}

TEST_CASE_FIXTURE(ImportFiles, "a row of a million delimiters stays small") {
    CsvReader reader(write("a,b\n" + std::string(1'000'000, ',') + "x\n"));
    CHECK(reader.next()->cells.size() == 2);
    const auto row = reader.next();
    REQUIRE(row);
    CHECK(row->cells.size() == max_import_columns);
    CHECK(row->fault == CsvRow::Fault::too_long);
}

TEST_CASE_FIXTURE(ImportFiles, "UTF-16 with tabs, as spreadsheets save Unicode text") {
    const std::u16string_view text = u"Name\tCity\r\nZoë\tKöln\r\n";
    std::string bytes = "\xFF\xFE";
    for (const char16_t unit : text) {
        bytes += static_cast<char>(unit & 0xFF);
        bytes += static_cast<char>(unit >> 8);
    }
    CHECK(rows_of(CsvReader(write(bytes))) == "1:Name|City 2:Zoë|Köln ");
}

TEST_CASE_FIXTURE(ImportFiles, "an empty file has no row") {
    CHECK(rows_of(CsvReader(write(""))).empty());
    CHECK(rows_of(CsvReader(write("\r\n\r\n"))).empty());
}

} // namespace throughline
