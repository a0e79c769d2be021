#pragma once
#include "domain/rules/machine.hpp"

#include <cstring>

namespace throughline::rules {

// The steps that most rules are made of, inlined where they run.

/// Whether a comparison of two numbers holds.
[[gnu::always_inline]] inline bool is_asked(Op op, double left, double right) {
    switch (op) {
    case Op::less: return left < right;
    case Op::less_equal: return left <= right;
    case Op::greater: return left > right;
    case Op::greater_equal: return left >= right;
    case Op::equal:
    case Op::same: return left == right;
    default: return left != right;
    }
}

/// Of texts as long as each other, mostly too short to be worth a call.
[[gnu::always_inline]] inline bool is_same_text(const char* left, const char* right,
                                                std::size_t size) {
    if (size > sizeof(std::uint64_t)) return std::memcmp(left, right, size) == 0;
    for (std::size_t i = 0; i < size; ++i)
        if (left[i] != right[i]) return false;
    return true;
}

/// Whether a comparison holds, put into `so`.
[[gnu::always_inline]] inline bool Machine::is_so(Op op, const Value& left, const Value& right,
                                                  bool& so) {
    if (left.kind == ValueKind::number && right.kind == ValueKind::number) {
        so = is_asked(op, left.number, right.number);
        return true;
    }
    if (left.kind == ValueKind::text && right.kind == ValueKind::text && op >= Op::equal) {
        const bool equal =
            left.size == right.size && is_same_text(left.text, right.text, left.size);
        so = equal == (op == Op::equal || op == Op::same);
        return true;
    }
    return is_so_of_others(op, left, right, so);
}

/// Of an instruction that takes nothing from the stack: `load`, `constant`, a direct comparison.
[[gnu::always_inline]] inline bool Machine::plain_value(const Instruction& instruction,
                                                        Value& made) {
    if (instruction.op == Op::constant) {
        made = program_.constants[instruction.count];
        return true;
    }
    made = follow(program_.paths[instruction.count]);
    if (!instruction.direct) {
        if (made.kind == ValueKind::missing) made = {};
        return true;
    }
    bool so = false;
    if (!is_so(instruction.op, made, program_.constants[instruction.other], so)) return false;
    made = Value::of(so);
    return true;
}

/// Goes on after a comparison; what mostly follows one is done with it.
[[gnu::always_inline]] inline bool Machine::decide(bool so) {
    const Instruction& after = program_.code[next_];
    if (after.op == Op::jump_if_false)
        next_ = so ? next_ + 1 : after.target;
    else if (after.op == Op::and_then && so)
        ++next_;
    else
        push(Value::of(so));
    return true;
}

[[gnu::always_inline]] inline bool Machine::compare_directly(const Instruction& instruction) {
    Value made;
    return plain_value(instruction, made) && decide(made.truth);
}

} // namespace throughline::rules
