#pragma once
#include "domain/record/kind.hpp"

#include <functional>

namespace CLI {
class App;
} // namespace CLI

namespace throughline {

/// Adds `serve`. Parsing puts what is to be done into `command`; it and `registry` must live as
/// long as `app`.
void add_serve(CLI::App& app, const Registry& registry, std::function<int()>& command);

} // namespace throughline
