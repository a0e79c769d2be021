#include <doctest/doctest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace fs = std::filesystem;

const fs::path root = THROUGHLINE_SOURCE_DIR;

/// Each folder of the product and the folders of ours that it may include.
const std::map<std::string, std::set<std::string>> may_include = {
    {"domain", {"domain"}},
    {"bus", {"bus", "domain"}},
    {"handlers", {"handlers", "bus", "domain"}},
    {"projections", {"projections", "bus", "domain"}},
    {"api", {"api", "handlers", "projections", "bus", "domain"}},
};

struct Source {
    std::string path;   // "bus/event.hpp"
    std::string folder; // "bus"
    bool is_header = false;
    std::size_t lines = 0;
    std::vector<std::string> includes; // with their quotes or brackets
};

Source read_source(const fs::path& file) {
    Source source;
    source.path = file.lexically_relative(root).generic_string();
    source.folder = source.path.substr(0, source.path.find('/'));
    source.is_header = file.extension() == ".hpp";
    std::ifstream stream(file);
    for (std::string line; std::getline(stream, line); ++source.lines) {
        if (!line.starts_with("#include ")) continue;
        const auto closing = line.find_last_of("\">");
        source.includes.push_back(line.substr(9, closing - 8));
    }
    return source;
}

const std::vector<Source>& sources() {
    static const auto all = [] {
        std::vector<Source> found;
        for (const auto* folder : {"domain", "bus", "handlers", "projections", "api", "tests"})
            for (const auto& entry : fs::recursive_directory_iterator(root / folder))
                if (entry.path().extension() == ".hpp" || entry.path().extension() == ".cpp")
                    found.push_back(read_source(entry.path()));
        return found;
    }();
    return all;
}

/// The words between backticks.
std::set<std::string> code_words(const fs::path& file) {
    std::ifstream stream(file);
    std::set<std::string> words;
    std::string word;
    bool is_code = false;
    for (char c = 0; stream.get(c);) {
        if (is_code && (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_')) {
            word += c;
            continue;
        }
        words.insert(word);
        word.clear();
        if (c == '`') is_code = !is_code;
    }
    return words;
}

/// Calls the check with each source and each of its includes that begins so.
template <class Check> void for_each_include(const std::string& beginning, Check check) {
    for (const auto& source : sources())
        for (const auto& include : source.includes)
            if (include.starts_with(beginning)) {
                CAPTURE(source.path);
                CAPTURE(include);
                check(source);
            }
}

/// The class, struct, enum or constant whose definition begins in a line that stands at namespace
/// scope, which is not indented; empty where none does.
std::string_view defined_in(std::string_view line) {
    static constexpr std::string_view letters =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";
    if (line.starts_with("inline const")) {
        const auto end = line.find_first_of("=[{;(");
        if (end == std::string_view::npos || line[end] == '(') return {};
        line = line.substr(0, line.find_last_of(letters, end) + 1);
        return line.substr(line.find_last_not_of(letters) + 1);
    }
    if (line.starts_with("template <")) line.remove_prefix(std::min(line.find("> "), line.size()));
    if (line.starts_with("> ")) line.remove_prefix(2);
    for (const std::string_view beginning : {"class ", "struct ", "enum class ", "enum "}) {
        if (!line.starts_with(beginning)) continue;
        line.remove_prefix(beginning.size());
        const auto name = line.substr(0, line.find_first_not_of(letters));
        line.remove_prefix(name.size());
        const bool is_declared_alone = line.find(';') < line.find('{');
        const bool is_of_another = !line.empty() && line.front() != ' '; // X::Y, hash<X>
        return is_declared_alone || is_of_another ? std::string_view() : name;
    }
    return {};
}

} // namespace

TEST_CASE("a folder includes only what stands below it") {
    REQUIRE(!sources().empty());
    for (const auto& source : sources()) {
        const auto allowed = may_include.find(source.folder);
        if (allowed == may_include.end()) continue;
        for (const auto& include : source.includes) {
            if (!include.starts_with('"')) continue;
            CAPTURE(source.path);
            CAPTURE(include);
            CHECK(allowed->second.contains(include.substr(1, include.find('/') - 1)));
        }
    }
}

TEST_CASE("the domain knows no input, output, clock, randomness or threads") {
    for (const auto* header : {"<fstream>", "<iostream>", "<filesystem>", "<random>", "<thread>",
                               "<mutex>", "<atomic>", "<future>", "<condition_variable>"})
        for_each_include(header, [](const Source& source) { CHECK(source.folder != "domain"); });
}

TEST_CASE("libpqxx stays out of the product's headers and of the domain") {
    for_each_include("<pqxx/", [](const Source& source) {
        CHECK((!source.is_header || source.folder == "tests"));
        CHECK(source.folder != "domain");
    });
}

TEST_CASE("only the bus knows librdkafka") {
    for_each_include("<librdkafka/", [](const Source& source) {
        CHECK((source.folder == "bus" || source.folder == "tests"));
    });
}

TEST_CASE("only the body reader and the WebSocket include Beast") {
    for_each_include("<boost/beast", [](const Source& source) {
        CHECK((source.path == "api/websocket.cpp" || source.path.starts_with("api/body_reader.") ||
               source.folder == "tests"));
    });
}

TEST_CASE("a name is defined in one header of the product alone") {
    const std::string opening = "namespace ";
    std::map<std::string, std::string> headers; // by the name with its namespace
    for (const auto& source : sources()) {
        if (!source.is_header || source.folder == "tests") continue;
        std::ifstream stream(root / source.path);
        std::string around;
        for (std::string line; std::getline(stream, line);) {
            if (line.starts_with(opening))
                around = line.substr(opening.size(), line.find(" {") - opening.size()) + "::";
            if (defined_in(line).empty()) continue;
            const std::string name = around + std::string(defined_in(line));
            CAPTURE(name);
            CHECK(headers.emplace(name, source.path).first->second == source.path);
        }
    }
    CHECK(headers.contains("throughline::Config"));
    CHECK(headers.contains("throughline::server_roles"));
}

TEST_CASE("files are short enough to be read at once") {
    for (const auto& source : sources()) {
        CAPTURE(source.path);
        const bool contract = source.is_header && source.folder != "tests";
        CHECK(source.lines <= (contract ? 150 : 400));
    }
}

TEST_CASE("every folder says what it is for") {
    for (const auto* folder : {"domain", "bus", "handlers", "projections", "api", "schemas",
                               "tests", "script", "docs"}) {
        CAPTURE(folder);
        CHECK(fs::is_regular_file(root / folder / "README.md"));
    }
}

TEST_CASE("the README of a folder of the product names each of its headers") {
    std::map<fs::path, std::vector<fs::path>> folders;
    for (const auto& source : sources())
        if (source.folder != "tests")
            folders[fs::path(source.path).parent_path()].emplace_back(source.path);
    for (const auto& [folder, files] : folders) {
        if (files.size() <= 5) continue;
        CAPTURE(folder.string());
        const auto named = code_words(root / folder / "README.md");
        CHECK(!named.empty());
        for (const auto& file : files) {
            if (file.extension() != ".hpp") continue;
            CAPTURE(file.string());
            CHECK(named.contains(file.stem().string()));
        }
    }
}

TEST_CASE("the top level holds what a newcomer expects") {
    const std::set<std::string> expected = {
        ".ci",
        ".clang-format",
        ".clang-tidy",
        ".git",
        ".gitignore",
        "api",
        "bus",
        "CMakeLists.txt",
        "CMakePresets.json",
        "docs",
        "compose.yaml",
        "domain",
        "LICENSE",
        "handlers",
        "projections",
        "schemas",
        "README.md",
        "script",
        "tests",
        "web",
        // Ignored by git.
        "build",
        ".data",
        ".cache",
        ".vscode",
        ".idea",
        "CMakeUserPresets.json",
        "compile_commands.json",
    };
    for (const auto& entry : fs::directory_iterator(root)) {
        const auto name = entry.path().filename().string();
        CAPTURE(name);
        CHECK(expected.contains(name));
    }
}
