#include "domain/rules/compiler.hpp"

#include <algorithm>
#include <cmath>

namespace throughline::rules {

namespace {

bool is_whole(const Json& path) {
    return path.is_null() || (path.string() != nullptr && path.string()->empty());
}

/// `a.b.c` as its parts; "" and null are all of the data.
std::vector<Json> dotted(const Json& path) {
    if (is_whole(path)) return {};
    if (path.string() == nullptr) return {path};
    std::vector<Json> parts;
    std::string_view rest = *path.string();
    for (auto dot = rest.find('.'); dot != std::string_view::npos; dot = rest.find('.')) {
        parts.emplace_back(rest.substr(0, dot));
        rest.remove_prefix(dot + 1);
    }
    parts.emplace_back(rest);
    return parts;
}

/// The n of a first part [n].
std::optional<std::uint32_t> levels_of(const JsonArray& parts) {
    const JsonArray* const first = parts.empty() ? nullptr : parts.front().array();
    if (first == nullptr || first->size() != 1) return std::nullopt;
    const auto levels = first->front().as_integer();
    if (!levels || std::abs(*levels) > 0xFFFF) return std::nullopt;
    return static_cast<std::uint32_t>(std::abs(*levels));
}

bool is_part(const Json& part) { return part.array() == nullptr && part.object() == nullptr; }

} // namespace

/// A path, or [path] or [path, what to take where there is nothing].
void Compiler::var(const Operator&, const Json& arguments) {
    const JsonArray* const listed = arguments.array();
    const Json whole;
    const Json& at = listed == nullptr ? arguments : listed->empty() ? whole : listed->front();
    if (is_operation(at) || at.array() != nullptr) {
        only_argument(arguments);
        emit(Op::load_at);
    } else {
        emit(Op::probe, path(0, dotted(at)));
    }
    if (listed == nullptr || listed->size() < 2) {
        if (program_.code.back().op == Op::probe)
            program_.code.back().op = Op::load;
        else
            emit(Op::null_missing);
        return;
    }
    const std::uint32_t found = emit(Op::keep_found);
    argument(*listed, 1);
    land(found);
}

/// The parts of a path, after [n] where it begins n scopes up; of `exists` too.
void Compiler::val(const Operator& made, const Json& arguments) {
    const Op found_at_runtime = made.op == Op::exists ? Op::val_exists : Op::val;
    const JsonArray* const listed = arguments.array();
    if (listed == nullptr && !is_operation(arguments)) {
        const bool all = arguments.is_null() || arguments.object() != nullptr;
        emit(made.op, path(0, all ? std::vector<Json>{} : std::vector<Json>{arguments}));
        return;
    }
    if (listed == nullptr) {
        expression(arguments);
        emit(found_at_runtime, 1, true);
        return;
    }
    const auto levels = levels_of(*listed);
    const auto parts = listed->begin() + (levels ? 1 : 0);
    if (std::all_of(parts, listed->end(), is_part)) {
        emit(made.op, path(levels.value_or(0), std::vector<Json>(parts, listed->end())));
        return;
    }
    for (std::size_t i = 0; i < listed->size(); ++i) argument(*listed, i);
    emit(found_at_runtime, static_cast<std::uint32_t>(listed->size()));
}

} // namespace throughline::rules
