#include "tests/fuzz/fuzz.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

/// What fuzzers once found stays found, in every build and under every sanitizer.
TEST_CASE("every input of the corpora holds the properties of its target") {
    const std::filesystem::path corpora = THROUGHLINE_SOURCE_DIR "/tests/fuzz/corpus";
    std::size_t folders = 0;
    for (const auto& folder : std::filesystem::directory_iterator(corpora))
        folders += folder.is_directory() ? 1 : 0;
    CHECK(throughline::fuzz::targets().size() == folders);
    for (const auto& target : throughline::fuzz::targets())
        for (const auto& file : std::filesystem::directory_iterator(corpora / target.name)) {
            CAPTURE(file.path().string());
            std::ifstream in(file.path(), std::ios::binary);
            const std::string input(std::istreambuf_iterator<char>(in), {});
            CHECK_NOTHROW(target.run(input));
        }
}
