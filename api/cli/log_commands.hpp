#pragma once
#include <functional>

namespace CLI {
class App;
} // namespace CLI

namespace throughline {

/// Adds `tail` and `republish`. Parsing puts what is to be done into `command`, which must live as
/// long as `app`.
void add_log_commands(CLI::App& app, std::function<int()>& command);

} // namespace throughline
