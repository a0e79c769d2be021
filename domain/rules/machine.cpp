#include "domain/rules/machine_plain.hpp"

#include "domain/rules/coerce.hpp"

namespace throughline::rules {

Evaluator::Evaluator(Limits limits) : limits_(limits), arena_(limits.bytes) {}

const Value* Evaluator::run(const Program& program, const Value& data) {
    std::size_t steps = limits_.steps;
    return run(program, data, steps);
}

const Value* Evaluator::run(const Program& program, const Value& data, std::size_t& steps) {
    arena_.reset();
    Machine machine(*this, program, data, steps);
    const bool has_result = machine.run();
    steps = machine.steps_left();
    return has_result ? machine.result() : nullptr;
}

Machine::Machine(Evaluator& memory, const Program& program, const Value& data, std::size_t steps)
    : memory_(memory), arena_(memory.arena_), program_(program), steps_(steps) {
    // Each instruction puts at most one value, and a loop's body takes what it puts.
    if (memory.stack_.size() <= program.code.size()) memory.stack_.resize(program.code.size() + 1);
    if (memory.hints_.size() < program.segments.size())
        memory.hints_.resize(program.segments.size());
    memory.scopes_.resize(1);
    memory.scopes_.front().data = data;
    memory.attempts_.clear();
    top_ = memory.stack_.data();
}

/// Inlined, for the sake of speed: it is the whole of the loop in `run`.
[[gnu::always_inline]] inline bool Machine::step(const Instruction& instruction) {
    const auto jump_if = [&](bool condition) {
        if (condition)
            next_ = instruction.target;
        else
            --top_;
        return true;
    };
    switch (instruction.op) {
    case Op::constant: push(program_.constants[instruction.count]); return true;
    case Op::load:
        push(follow(program_.paths[instruction.count]));
        if (top().kind == ValueKind::missing) top() = {};
        return true;
    case Op::probe: push(follow(program_.paths[instruction.count])); return true;
    case Op::exists: {
        const Value found = follow(program_.paths[instruction.count]);
        push(Value::of(found.kind != ValueKind::missing));
        return true;
    }
    case Op::load_at: return load_at();
    case Op::val:
    case Op::val_exists: return val(instruction);
    case Op::keep_found: return jump_if(top().kind != ValueKind::missing);
    case Op::null_missing:
        if (top().kind == ValueKind::missing) top() = {};
        return true;
    case Op::jump: next_ = instruction.target; return true;
    case Op::jump_if_false:
        if (!is_true(*--top_)) next_ = instruction.target;
        return true;
    case Op::and_then: return jump_if(!is_true(top()));
    case Op::or_else: return jump_if(is_true(top()));
    case Op::if_null: return jump_if(!top().is_null());
    case Op::first_present: return first_present(instruction);
    case Op::negate: top() = Value::of(!is_true(top())); return true;
    case Op::truth: top() = Value::of(is_true(top())); return true;
    case Op::less:
    case Op::less_equal:
    case Op::greater:
    case Op::greater_equal:
    case Op::equal:
    case Op::not_equal:
    case Op::same:
    case Op::not_same:
        return instruction.direct ? compare_directly(instruction) : compare(instruction);
    case Op::add:
    case Op::subtract:
    case Op::multiply:
    case Op::divide:
    case Op::modulo: return arithmetic(instruction);
    case Op::minimum:
    case Op::maximum: return extreme(instruction);
    case Op::concatenate: return concatenate(instruction);
    case Op::substring: return substring(instruction);
    case Op::contained: return contained(instruction);
    case Op::merge: return merge(instruction);
    case Op::array: return make_array(instruction);
    case Op::missing: return missing(instruction);
    case Op::missing_some: return missing_some(instruction);
    case Op::length: return length();
    case Op::raise: return raise();
    case Op::matches: return matches(instruction);
    case Op::predicate: return predicate(instruction);
    case Op::iterate: return iterate(instruction);
    case Op::again: return again(instruction);
    case Op::attempt:
        memory_.attempts_.push_back({instruction.target,
                                     static_cast<std::size_t>(top_ - memory_.stack_.data()),
                                     memory_.scopes_.size() - instruction.count});
        return true;
    case Op::attempted:
        memory_.attempts_.pop_back();
        if (instruction.count > 0) memory_.scopes_.pop_back();
        next_ = instruction.target;
        return true;
    case Op::leave: memory_.scopes_.pop_back(); return true;
    case Op::fail: {
        const RuleError& known = program_.faults[instruction.count];
        fatal_ = known.type == "Limit Exceeded";
        memory_.error_ = known;
        return false;
    }
    case Op::end: break;
    }
    return true;
}

bool Machine::run() {
    try {
        while (program_.code[next_].op != Op::end) {
            if (!spend(1)) return false;
            if (!step(program_.code[next_++]) && !recover()) return false;
        }
    } catch (const ArenaFull&) {
        return over_limit("The rule takes too much memory.");
    }
    return true;
}

/// Goes on where an attempt that is under way says, in a scope whose data is the error.
bool Machine::recover() {
    if (fatal_ || memory_.attempts_.empty()) return false;
    const Evaluator::Attempt attempt = memory_.attempts_.back();
    memory_.attempts_.pop_back();
    top_ = memory_.stack_.data() + attempt.stack;
    memory_.scopes_.resize(attempt.scopes);
    memory_.scopes_.emplace_back().data = error_value();
    next_ = attempt.handler;
    return true;
}

Value Machine::error_value() {
    const RuleError& error = memory_.error_;
    if (error.thrown.object() != nullptr) return to_value(error.thrown, arena_);
    Container& members = make_container(ValueKind::object, 1, arena_);
    append(members, "type", Value::of(kept(error.type, arena_)));
    return Value::of(ValueKind::object, members);
}

std::span<const Value> Machine::taken(const Instruction& instruction) {
    if (!instruction.spread || top().kind != ValueKind::array)
        return {top_ - instruction.count, instruction.count};
    Container& items = *top().container;
    const std::uint32_t count = size_of(items);
    for (std::uint32_t i = 0; i < count; ++i) (void)entry(items, i);
    return {items.values, count};
}

bool Machine::replace(const Instruction& instruction, const Value& result) {
    top_ -= instruction.count;
    push(result);
    return true;
}

bool Machine::fail(std::string_view type, std::string_view detail) {
    const Instruction& at = program_.code[next_ == 0 ? 0 : next_ - 1];
    memory_.error_ = {std::string(type), program_.places[at.place], std::string(detail), {}};
    return false;
}

bool Machine::over_limit(std::string_view detail) {
    fatal_ = true;
    return fail("Limit Exceeded", detail);
}

bool Machine::is_flat_enough(const Container& container) {
    return container.height <= memory_.limits_.height ||
           over_limit("The rule nests arrays too deep.");
}

} // namespace throughline::rules
