#include "domain/rules/compiler.hpp"

namespace throughline::rules {

namespace {

std::uint32_t count_of(const JsonArray& items) { return static_cast<std::uint32_t>(items.size()); }

} // namespace

void Compiler::comparison(const Operator& made, const Json& arguments) {
    const JsonArray* const listed = arguments.array();
    if (listed == nullptr || listed->size() < 2)
        return arguments_fault(std::string(made.name) + " takes a list of two or more values.");
    std::vector<std::uint32_t> exits;
    const std::uint32_t begin = here();
    argument(*listed, 0);
    for (std::size_t i = 1; i < listed->size(); ++i) {
        argument(*listed, i);
        const std::uint32_t at = emit(made.op);
        if (i + 1 < listed->size()) exits.push_back(at);
        if (listed->size() == 2) make_direct(begin);
    }
    for (const std::uint32_t at : exits) land(at);
}

/// A comparison of what stands at a path with a constant is one instruction instead of three.
void Compiler::make_direct(std::uint32_t begin) {
    std::vector<Instruction>& code = program_.code;
    if (here() != begin + 3 || code[begin].op != Op::load || code[begin + 1].op != Op::constant)
        return;
    Instruction comparison = code.back();
    comparison.direct = true;
    comparison.count = code[begin].count;
    comparison.other = code[begin + 1].count;
    code.resize(begin);
    code.push_back(comparison);
}

void Compiler::logical(const Operator& made, const Json& arguments) {
    const JsonArray* const listed = arguments.array();
    if (listed == nullptr) return arguments_fault(std::string(made.name) + " takes a list.");
    if (listed->empty()) return put(false);
    std::vector<std::uint32_t> exits;
    for (std::size_t i = 0; i < listed->size(); ++i) {
        argument(*listed, i);
        if (i + 1 < listed->size()) exits.push_back(emit(made.op));
    }
    for (const std::uint32_t at : exits) land(at);
}

void Compiler::coalesce(const Operator& made, const Json& arguments) {
    const JsonArray* const listed = arguments.array();
    if (listed != nullptr && !listed->empty()) return logical(made, arguments);
    if (listed != nullptr) return put(nullptr);
    expression(arguments);
    emit(Op::first_present, 1, is_operation(arguments));
}

/// [condition, value, condition, value, …, otherwise]
void Compiler::conditional(const Operator&, const Json& arguments) {
    const JsonArray* const listed = arguments.array();
    if (listed == nullptr) return arguments_fault("if takes a list.");
    std::vector<std::uint32_t> exits;
    std::size_t i = 0;
    for (; i + 1 < listed->size(); i += 2) {
        argument(*listed, i);
        const std::uint32_t otherwise = emit(Op::jump_if_false);
        argument(*listed, i + 1);
        exits.push_back(emit(Op::jump));
        land(otherwise);
    }
    if (i < listed->size())
        argument(*listed, i);
    else
        put(nullptr);
    for (const std::uint32_t at : exits) land(at);
}

/// [items, body], or [items, body, start] of reduce.
void Compiler::iteration(const Operator& made, const Json& arguments) {
    const auto kind = static_cast<Iteration>(made.detail);
    const bool judges = kind != Iteration::map && kind != Iteration::filter;
    const JsonArray* const listed = arguments.array();
    const std::string name(made.name);
    if (listed == nullptr || listed->size() < made.least)
        return arguments_fault(name + " takes a list of items and what to do with each.");
    if (kind != Iteration::reduce && listed->front().is_null())
        return arguments_fault(name + " takes an array, not null.");
    if (!judges && (*listed)[1].is_null())
        return arguments_fault(name + " takes something to do with each item, not null.");
    argument(*listed, 0);
    if (kind == Iteration::reduce && listed->size() > 2)
        argument(*listed, 2);
    else if (kind == Iteration::reduce)
        put(nullptr);
    const std::uint32_t entry = emit(Op::iterate, made.detail);
    argument(*listed, 1);
    program_.code[emit(Op::again, made.detail)].target = entry + 1;
    land(entry);
}

void Compiler::attempts(const Operator&, const Json& arguments) {
    const JsonArray* const listed = arguments.array();
    if (listed == nullptr) return expression(arguments);
    if (listed->empty()) return arguments_fault("try takes at least one value.");
    std::vector<std::uint32_t> exits;
    for (std::uint32_t i = 0; i + 1 < count_of(*listed); ++i) {
        const std::uint32_t entry = emit(Op::attempt, i > 0);
        argument(*listed, i);
        exits.push_back(emit(Op::attempted, i > 0));
        land(entry);
    }
    argument(*listed, listed->size() - 1);
    if (listed->size() > 1) emit(Op::leave);
    for (const std::uint32_t at : exits) land(at);
}

} // namespace throughline::rules
