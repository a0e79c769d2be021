#include "bus/event.hpp"
#include "tests/support/skip.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

// Runs the Kafka rows of the CloudEvents project's conformance suite, a Gherkin file, as they are.

using namespace throughline;

namespace {

using Table = std::vector<std::pair<std::string, std::string>>;

std::string stripped(const std::string& text) {
    const auto from = text.find_first_not_of(" \t");
    return from == std::string::npos ? ""
                                     : text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

/// One scenario, an outline once for each of its examples.
struct Scenario {
    std::string name;
    std::string payload;
    Table headers;
    Table attributes;
    std::string data;
    std::vector<std::string> examples; // of <contentType>
};

std::vector<std::string> cells(const std::string& row) {
    std::vector<std::string> read;
    for (std::size_t from = 1; from < row.size();) {
        const auto end = row.find('|', from);
        read.push_back(stripped(row.substr(from, end - from)));
        from = end == std::string::npos ? row.size() : end + 1;
    }
    return read;
}

std::vector<Scenario> read_feature(std::istream& feature) {
    std::vector<Scenario> scenarios;
    std::string* text = nullptr; // where a """ block goes
    bool in_text = false;
    Table* table = nullptr;
    for (std::string line; std::getline(feature, line);) {
        const std::string words = stripped(line);
        if (words == R"(""")") {
            in_text = !in_text;
        } else if (in_text) {
            *text += words + '\n';
        } else if (words.starts_with("Scenario")) {
            scenarios.push_back({});
            scenarios.back().name = words;
        } else if (words.ends_with("Kafka message with payload:")) {
            text = &scenarios.back().payload;
        } else if (words.ends_with("equal to the following JSON:")) {
            text = &scenarios.back().data;
        } else if (words.ends_with("Kafka headers:")) {
            table = &scenarios.back().headers;
        } else if (words.ends_with("the attributes are:")) {
            table = &scenarios.back().attributes;
        } else if (words == "Examples:") {
            table = nullptr;
        } else if (words.starts_with("|")) {
            const auto row = cells(words);
            if (row.front() == "key" || row.front() == "contentType") continue;
            if (table)
                table->emplace_back(row.at(0), row.at(1));
            else
                scenarios.back().examples.push_back(row.front());
        }
    }
    return scenarios;
}

void run(const Scenario& scenario, const std::string& content_type) {
    CAPTURE(scenario.name);
    CAPTURE(content_type);
    Table headers = scenario.headers;
    for (auto& [name, value] : headers)
        if (value == "<contentType>") value = content_type;
    const auto event = read_kafka_message(headers, scenario.payload);
    REQUIRE(event);
    using Attributes = std::map<std::string, std::string>;
    CHECK(Attributes(event->attributes.begin(), event->attributes.end()) ==
          Attributes(scenario.attributes.begin(), scenario.attributes.end()));
    CHECK(parse_json(event->data) == parse_json(scenario.data));
}

} // namespace

TEST_CASE("the Kafka rows of the CloudEvents conformance suite") {
    const char* given = std::getenv("THROUGHLINE_CONFORMANCE");
    const std::filesystem::path folder =
        given ? given : THROUGHLINE_SOURCE_DIR "/../shared/conformance";
    const auto file = folder / "cloudevents/kafka-protocol-binding.feature";
    if (!std::filesystem::exists(file)) {
        note_skip("there is no " + file.string());
        return;
    }
    std::ifstream feature(file);
    const auto scenarios = read_feature(feature);
    std::size_t rows = 0;
    for (const Scenario& scenario : scenarios) {
        if (scenario.examples.empty()) {
            run(scenario, "");
            ++rows;
        }
        for (const std::string& example : scenario.examples) {
            run(scenario, example);
            ++rows;
        }
    }
    CHECK(rows >= 3);
}
