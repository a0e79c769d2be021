#pragma once
#include <string>

namespace CLI {
class App;
class Error;
} // namespace CLI

namespace throughline {

/// What is wrong with a command line, and which commands there are where one is missing.
[[nodiscard]] std::string usage_fault(const CLI::App& app, int argc, char** argv,
                                      const CLI::Error& fault);

/// For an option that takes a position or a count; empty where the text is one.
[[nodiscard]] std::string whole_number_fault(const std::string& text);

} // namespace throughline
