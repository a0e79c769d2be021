#pragma once
#include <functional>

namespace CLI {
class App;
} // namespace CLI

namespace throughline {

/// Adds `token` with `issue` and `inspect`. Parsing puts what is to be done into `command`, which
/// must live as long as `app`.
void add_token_commands(CLI::App& app, std::function<int()>& command);

} // namespace throughline
