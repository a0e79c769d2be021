#pragma once
#include <functional>

namespace CLI {
class App;
} // namespace CLI

namespace throughline {

/// Adds `jsonlogic` and `cron`, for those who write rules: the code that the server runs. Parsing
/// puts what is to be done into `command`, which must live as long as `app`.
void add_rules_commands(CLI::App& app, std::function<int()>& command);

} // namespace throughline
