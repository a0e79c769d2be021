#include "domain/rules/coerce.hpp"
#include "domain/rules/machine_plain.hpp"

#include <cmath>

namespace throughline::rules {

namespace {

double combined(Op op, double left, double right) {
    switch (op) {
    case Op::add: return left + right;
    case Op::subtract: return left - right;
    case Op::multiply: return left * right;
    case Op::divide: return right == 0 ? std::nan("") : left / right;
    default: return right == 0 ? std::nan("") : std::fmod(left, right);
    }
}

std::size_t least_count(Op op) {
    return op == Op::modulo ? 2 : op == Op::subtract || op == Op::divide ? 1 : 0;
}

} // namespace

bool Machine::arithmetic(const Instruction& instruction) {
    const std::span<const Value> values = taken(instruction);
    if (values.size() < least_count(instruction.op))
        return wrong_arguments("There are too few values.");
    if (!spend(values.size())) return false;
    // What -x and 1/x begin with; sums and products begin with what changes nothing.
    const bool alone = values.size() == 1;
    double result = instruction.op == Op::multiply || instruction.op == Op::divide ? 1 : 0;
    std::size_t i = 0;
    if (!alone && !values.empty()) {
        const auto first = to_number(values[i++]);
        if (!first) return not_a_number();
        result = *first;
    }
    for (; i < values.size(); ++i) {
        const auto number = to_number(values[i]);
        if (!number) return not_a_number();
        result = combined(instruction.op, result, *number);
    }
    if (!std::isfinite(result)) return fail("NaN", "The result is no finite number.");
    return replace(instruction, Value::of(result));
}

bool Machine::extreme(const Instruction& instruction) {
    const std::span<const Value> values = taken(instruction);
    if (values.empty()) return wrong_arguments("There is no value.");
    if (!spend(values.size())) return false;
    const Value* best = values.data();
    for (const Value& value : values) {
        if (value.kind != ValueKind::number) return wrong_arguments("A value is no number.");
        const bool better = instruction.op == Op::minimum ? value.number < best->number
                                                          : value.number > best->number;
        if (better) best = &value;
    }
    return replace(instruction, *best);
}

/// Whether a comparison holds, put into `so`.
bool Machine::is_so_of_others(Op op, const Value& left, const Value& right, bool& so) {
    if (op == Op::same || op == Op::not_same) {
        so = is_same(left, right) == (op == Op::same);
        return true;
    }
    const auto order = compared(left, right);
    if (!order) return not_a_number();
    so = is_asked(op, *order, 0);
    return true;
}

bool Machine::compare(const Instruction& instruction) {
    bool so = false;
    if (!is_so(instruction.op, top_[-2], top_[-1], so)) return false;
    top_ -= 2;
    if (instruction.target == 0 || !so) {
        push(Value::of(so));
        if (instruction.target != 0) next_ = instruction.target;
    } else {
        push(top_[1]);
    }
    return true;
}

} // namespace throughline::rules
