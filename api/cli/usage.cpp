#include "api/cli/usage.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace throughline {

std::string whole_number_fault(const std::string& text) {
    const bool is_whole = !text.empty() && text.size() <= 18 &&
                          text.find_first_not_of("0123456789") == std::string::npos;
    return is_whole ? "" : fmt::format("must be a whole number, 0 or more, and is {}", text);
}

std::string usage_fault(const CLI::App& app, int argc, char** argv, const CLI::Error& fault) {
    std::string text = std::string(fault.what()) + '\n';
    const CLI::App* at = &app;
    for (int i = 1; i < argc; ++i) {
        const auto named =
            at->get_subcommands([&](const CLI::App* sub) { return sub->check_name(argv[i]); });
        if (!named.empty()) {
            at = named.front();
        } else if (at->get_require_subcommand_min() > 0) {
            text = fmt::format("\"{}\" is no command.\n", argv[i]);
            break;
        }
    }
    std::vector<std::string> names;
    for (const CLI::App* sub : at->get_subcommands([](const CLI::App*) { return true; }))
        if (!sub->get_name().empty()) names.push_back(sub->get_name()); // no group of options
    if (!names.empty()) text += fmt::format("Commands: {}.\n", fmt::join(names, ", "));
    return text + "Run with --help for more information.\n";
}

} // namespace throughline
