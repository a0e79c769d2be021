// bench_rules FOLDER MILLISECONDS: evaluates NAME.rule.json on NAME.data.json of a folder. Prints,
// a line each: NAME, nanoseconds an evaluation on data at hand, and from its text. See rules.mjs.
#include "domain/rules/conditions.hpp"
#include "domain/rules/jsonlogic.hpp"
#include "domain/rules/text_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <limits>
#include <set>

namespace throughline::rules {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using Nanoseconds = std::chrono::duration<double, std::nano>;

std::string text_of(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) throw std::runtime_error(file.string() + " cannot be read");
    std::string text{std::istreambuf_iterator<char>(in), {}};
    while (text.ends_with('\n')) text.pop_back();
    return text;
}

/// The best of five, after as long a warm-up.
template <class Work> double nanoseconds(std::chrono::milliseconds time, Work work) {
    double best = std::numeric_limits<double>::infinity();
    for (int round = 0; round < 6; ++round) {
        const auto begin = Clock::now();
        double calls = 0;
        Nanoseconds elapsed{};
        while (elapsed < time / 6) {
            for (int i = 0; i < 200; ++i) work();
            calls += 200;
            elapsed = Clock::now() - begin;
        }
        if (round > 0) best = std::min(best, elapsed.count() / calls);
    }
    return best;
}

void measure(const fs::path& folder, const std::string& name, std::chrono::milliseconds time) {
    const auto part = [&](const char* what) { return text_of(folder / (name + what + ".json")); };
    const Program program = compile_jsonlogic(parse_json(part(".rule")));
    const std::string text = part(".data");
    const Json data = parse_json(text);
    Evaluator evaluator;
    Document held;
    Document read;
    const Value at_hand = held.hold(data);
    const auto from_text = [&] { return evaluator.run(program, read.read(text)); };
    if (to_text(to_json(*from_text())) != to_text(parse_json(part(".expected"))))
        throw std::runtime_error(name + " gives another result");
    const double evaluated = nanoseconds(time, [&] { (void)evaluator.run(program, at_hand); });
    const double whole = nanoseconds(time, [&] { (void)from_text(); });
    std::cout << fmt::format("{} {:.1f} {:.1f}\n", name, evaluated, whole);
}

/// An event against 100 rules that share its trigger, of which the last matches.
void measure_hundred(const fs::path& folder, std::chrono::milliseconds time) {
    std::vector<Conditions> rules;
    for (int i = 0; i < 100; ++i)
        rules.push_back(*compile_conditions(parse_json(
            fmt::format(R"([{{"operator":"equals","field":"applicant.state","value":"CA"}},)"
                        R"({{"operator":"gt","field":"applicant.income","value":{}}}])",
                        i == 99 ? 1000 : 100000 + i))));
    const std::string text = text_of(folder / "eligibility.data.json");
    Document document;
    Evaluator evaluator;
    const auto matches = [&] {
        const Value data = document.read(text);
        return std::ranges::count_if(
            rules, [&](const Conditions& rule) { return hold(rule, evaluator, data); });
    };
    if (matches() != 1) throw std::runtime_error("one of a hundred rules matches");
    std::cout << fmt::format("hundred {:.1f}\n", nanoseconds(time, [&] { (void)matches(); }));
}

int run(const fs::path& folder, std::chrono::milliseconds time) {
    constexpr std::string_view suffix = ".rule.json";
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder))
        if (std::string name = entry.path().filename().string(); name.ends_with(suffix))
            names.insert(name.substr(0, name.size() - suffix.size()));
    for (const std::string& name : names) measure(folder, name, time);
    measure_hundred(folder, time);
    return 0;
}

} // namespace
} // namespace throughline::rules

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    return throughline::rules::run(argv[1], std::chrono::milliseconds(std::stoi(argv[2])));
}
