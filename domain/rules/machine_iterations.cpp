#include "domain/rules/coerce.hpp"
#include "domain/rules/machine_plain.hpp"

namespace throughline::rules {

namespace {

/// How many of the items are kept, so that room is made once; of a text that is read on, a guess.
std::uint32_t expected(const Container& items) { return items.next == nullptr ? items.count : 8; }

/// Whether a body is one instruction that takes nothing from the stack.
bool is_plain(const Instruction* body) {
    return body[1].op == Op::again &&
           (body->op == Op::load || body->op == Op::constant || body->direct);
}

bool makes_array(Iteration kind) { return kind == Iteration::map || kind == Iteration::filter; }

} // namespace

/// Takes the items (and of reduce, above them, the start).
bool Machine::iterate(const Instruction& instruction) {
    const auto kind = static_cast<Iteration>(instruction.count);
    const Value start = kind == Iteration::reduce ? *--top_ : Value{};
    const Value items = *--top_;
    const bool is_array = items.kind == ValueKind::array;
    if (!is_array && !makes_array(kind) && kind != Iteration::reduce)
        return wrong_arguments("There is no array to go through.");
    Container* out = nullptr;
    if (makes_array(kind))
        out = &make_container(ValueKind::array, is_array ? expected(*items.container) : 0, arena_);
    if (!is_array || !reaches(*items.container, 0)) {
        push(out != nullptr              ? Value::of(ValueKind::array, *out)
             : kind == Iteration::reduce ? start
                                         : Value::of(kind == Iteration::none));
        next_ = instruction.target;
        return true;
    }
    Evaluator::Scope& scope = memory_.scopes_.emplace_back();
    scope.items = items.container;
    scope.out = out;
    scope.accumulator = start;
    if (is_plain(&program_.code[next_]) && kind != Iteration::reduce)
        return iterate_plainly(instruction);
    enter_item(scope, kind);
    return true;
}

void Machine::enter_item(Evaluator::Scope& scope, Iteration kind) {
    scope.data = entry(*scope.items, scope.index);
    if (kind != Iteration::reduce) return;
    Container& members = make_container(ValueKind::object, 2, arena_);
    append(members, "current", scope.data);
    append(members, "accumulator", scope.accumulator);
    scope.data = Value::of(ValueKind::object, members);
}

/// Whether to go on after an item's result.
[[gnu::always_inline]] inline bool Machine::collect(Evaluator::Scope& scope, Iteration kind,
                                                    const Value& item, const Value& made) {
    switch (kind) {
    case Iteration::map: append(*scope.out, made, arena_); break;
    case Iteration::filter:
        if (is_true(made)) append(*scope.out, item, arena_);
        break;
    case Iteration::reduce: scope.accumulator = made; break;
    case Iteration::all: scope.accumulator = Value::of(is_true(made)); return is_true(made);
    case Iteration::some:
    case Iteration::none: scope.accumulator = Value::of(is_true(made)); return !is_true(made);
    }
    return true;
}

/// An iteration whose body is one instruction, without the stack.
bool Machine::iterate_plainly(const Instruction& begin) {
    const Instruction& body = program_.code[next_++];
    const Path* const path = body.op == Op::constant ? nullptr : &program_.paths[body.count];
    if (path == nullptr || path->levels > 0 || path->count != 1)
        return each_item(begin, [&](const Value& item, Value& made) {
            memory_.scopes_.back().data = item;
            return plain_value(body, made);
        });
    const Segment& segment = program_.segments[path->first];
    std::uint32_t hint = 0;
    if (!body.direct)
        return each_item(begin, [&](const Value& item, Value& made) {
            made = child(item, segment, hint);
            if (made.kind == ValueKind::missing) made = {};
            return true;
        });
    const Value other = program_.constants[body.other];
    return each_item(begin, [&](const Value& item, Value& made) {
        bool so = false;
        if (!is_so(body.op, child(item, segment, hint), other, so)) return false;
        made = Value::of(so);
        return true;
    });
}

/// Has `make` give the result of one item after the other; false where that fails.
template <class Make> bool Machine::each_item(const Instruction& begin, Make make) {
    const auto kind = static_cast<Iteration>(begin.count);
    Evaluator::Scope& scope = memory_.scopes_.back();
    Container& items = *scope.items;
    for (std::uint32_t i = 0; reaches(items, i); ++i) {
        if (!spend(2)) return false;
        scope.index = i;
        const Value item = entry(items, i);
        Value made;
        if (!make(item, made)) return false;
        if (!collect(scope, kind, item, made)) break;
    }
    next_ = begin.target;
    return finish(scope, kind);
}

/// Leaves the iteration with its result.
bool Machine::finish(const Evaluator::Scope& scope, Iteration kind) {
    if (scope.out != nullptr)
        return is_flat_enough(*scope.out) && leave_with(Value::of(ValueKind::array, *scope.out));
    const Value last = scope.accumulator;
    return leave_with(kind == Iteration::none ? Value::of(!last.truth) : last);
}

bool Machine::leave_with(const Value& result) {
    memory_.scopes_.pop_back();
    push(result);
    return true;
}

bool Machine::again(const Instruction& instruction) {
    const auto kind = static_cast<Iteration>(instruction.count);
    const Value made = *--top_;
    Evaluator::Scope& scope = memory_.scopes_.back();
    const bool more = collect(scope, kind, scope.data, made);
    ++scope.index;
    if (!more || !reaches(*scope.items, scope.index)) return finish(scope, kind);
    enter_item(scope, kind);
    if (kind == Iteration::reduce && !is_flat_enough(*scope.data.container)) return false;
    next_ = instruction.target;
    return true;
}

} // namespace throughline::rules
