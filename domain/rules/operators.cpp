#include "domain/rules/compiler.hpp"
#include "domain/rules/predicate.hpp"

#include <algorithm>
#include <array>

namespace throughline::rules {

namespace {

constexpr Operator of(std::string_view name, Op op, std::uint8_t least = 0,
                      std::uint8_t most = 255) {
    return {name, &Compiler::values, op, least, most, 0};
}
constexpr Operator compares(std::string_view name, Op op) {
    return {name, &Compiler::comparison, op, 2, 255, 0};
}
constexpr Operator iterates(std::string_view name, Iteration kind) {
    return {name, &Compiler::iteration, Op::iterate, 2, 3, static_cast<std::uint32_t>(kind)};
}
constexpr Operator asks(std::string_view name, Predicate predicate, std::uint8_t least = 2,
                        std::uint8_t most = 2) {
    return {
        name, &Compiler::values, Op::predicate, least, most, static_cast<std::uint32_t>(predicate)};
}

constexpr std::array operators = {
    Operator{"var", &Compiler::var},
    Operator{"val", &Compiler::val, Op::load},
    Operator{"exists", &Compiler::val, Op::exists},
    of("missing", Op::missing),
    of("missing_some", Op::missing_some, 2, 2),
    Operator{"if", &Compiler::conditional},
    Operator{"?:", &Compiler::conditional},
    Operator{"and", &Compiler::logical, Op::and_then},
    Operator{"or", &Compiler::logical, Op::or_else},
    Operator{"??", &Compiler::coalesce, Op::if_null},
    Operator{"!", &Compiler::one_value, Op::negate},
    Operator{"!!", &Compiler::one_value, Op::truth},
    compares("<", Op::less),
    compares("<=", Op::less_equal),
    compares(">", Op::greater),
    compares(">=", Op::greater_equal),
    compares("==", Op::equal),
    compares("!=", Op::not_equal),
    compares("===", Op::same),
    compares("!==", Op::not_same),
    of("+", Op::add),
    of("-", Op::subtract, 1),
    of("*", Op::multiply),
    of("/", Op::divide, 1),
    of("%", Op::modulo, 2),
    of("min", Op::minimum, 1),
    of("max", Op::maximum, 1),
    of("cat", Op::concatenate),
    of("substr", Op::substring, 1, 3),
    of("in", Op::contained, 2),
    of("merge", Op::merge),
    Operator{"length", &Compiler::one_value, Op::length},
    iterates("map", Iteration::map),
    iterates("filter", Iteration::filter),
    iterates("reduce", Iteration::reduce),
    iterates("all", Iteration::all),
    iterates("some", Iteration::some),
    iterates("none", Iteration::none),
    Operator{"try", &Compiler::attempts},
    Operator{"throw", &Compiler::one_value, Op::raise},
    Operator{"preserve", &Compiler::preserved},
    Operator{"log", &Compiler::itself},
    Operator{"matches", &Compiler::matching},
    asks("equals", Predicate::equals),
    asks("not_equals", Predicate::not_equals),
    asks("contains", Predicate::contains),
    asks("not_contains", Predicate::not_contains),
    asks("is_in", Predicate::is_in),
    asks("not_in", Predicate::not_in),
    asks("gt", Predicate::gt),
    asks("gte", Predicate::gte),
    asks("lt", Predicate::lt),
    asks("lte", Predicate::lte),
    asks("between", Predicate::between, 2, 3),
    asks("starts_with", Predicate::starts_with),
    asks("ends_with", Predicate::ends_with),
    asks("older_than", Predicate::older_than, 3, 3),
};

} // namespace

const Operator* find_operator(std::string_view name) {
    const auto found = std::ranges::find(operators, name, &Operator::name);
    return found == operators.end() ? nullptr : &*found;
}

} // namespace throughline::rules
