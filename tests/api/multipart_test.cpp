#include "api/multipart.hpp"
#include "tests/handlers/import_files.hpp"
#include "tests/support/peak_memory.hpp"

#include <doctest/doctest.h>

#include <iterator>

namespace throughline {
namespace {

constexpr std::string_view form = "multipart/form-data; boundary=\"b;1\"";

std::string text_of(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::string part(const std::string& disposition, const std::string& content) {
    return "--b;1\r\nContent-Disposition: form-data; " + disposition + "\r\n\r\n" + content +
           "\r\n";
}

} // namespace

TEST_CASE_FIXTURE(ImportFiles, "a form is taken apart into its file and its fields") {
    const std::string content = "a,b\r\n--b;\r\n1,2\r\n";
    const auto read = read_multipart(
        write("preamble\r\n" + part("name=match", "email") +
              part("name=\"file\"; filename=\"my \\\"list\\\".csv\"\r\nContent-Type: Text/CSV; x=y",
                   content) +
              "--b;1--\r\n"),
        form, folder());
    REQUIRE(read.has_value());
    REQUIRE(read->file.has_value());
    CHECK(text_of(read->file->path) == content);
    CHECK(read->file->hash.size() == 64);
    CHECK(read->file->file_name == "my \"list\".csv");
    CHECK(read->file->media_type == "text/csv");
    REQUIRE(read->fields.size() == 1);
    CHECK(read->fields[0] == std::pair<std::string, std::string>{"match", "email"});
}

TEST_CASE_FIXTURE(ImportFiles, "a file may be longer than a piece, and empty") {
    for (const std::size_t size : {0U, 65'530U, 65'536U, 300'000U}) {
        std::string content(size, 'x');
        for (std::size_t i = 0; i < size; i += 97) content[i] = '\r';
        const auto read =
            read_multipart(write(part("name=file", content) + "--b;1--\r\n"), form, folder());
        REQUIRE(read.has_value());
        CHECK(text_of(read->file->path) == content);
    }
}

TEST_CASE_FIXTURE(ImportFiles, "what is no form is refused") {
    const auto refused = [&](const std::string& body, std::string_view type) {
        const auto read = read_multipart(write(body), type, folder());
        return !read.has_value() && read.error().refusal == Refusal::malformed;
    };
    CHECK(refused(part("name=file", "a") + "--b;1--", "multipart/form-data"));
    CHECK(refused("nothing of the sort", form));
    CHECK(refused(part("name=file", "a"), form));
    CHECK(refused("--b;1\r\nContent-Disposition: form-data; name=file", form));
    CHECK(refused(part("name=x", std::string(70'000, 'x')) + "--b;1--", form));
    CHECK(refused("", form));
    const std::string file = part("name=file", "a");
    CHECK(refused(file + part("name=\"\xff\"", "x") + "--b;1--", form));
    CHECK(refused(file + part("name=match", "\xff") + "--b;1--", form));
}

TEST_CASE_FIXTURE(ImportFiles, "a form of millions of parts is refused before it is held") {
    std::string body;
    while (body.size() < (50U << 20)) body += "\r\n--b\r\n\r\n";
    const auto file = write(body + "\r\n--b--");
    const auto read = [&] {
        CHECK(read_multipart(file, "multipart/form-data; boundary=b", folder()).has_error());
    };
    CHECK(peak_memory_of(read) < (8U << 20));
}

} // namespace throughline
