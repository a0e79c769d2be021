#pragma once
#include <functional>

namespace CLI {
class App;
} // namespace CLI

namespace throughline {

/// Adds `dead-letters` with its own commands. Parsing puts what is to be done into `command`, which
/// must live as long as `app`.
void add_dead_letters(CLI::App& app, std::function<int()>& command);

} // namespace throughline
