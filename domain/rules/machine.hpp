#pragma once
#include "domain/rules/evaluator.hpp"

#include <span>

namespace throughline::rules {

/// One run of a program with an evaluator's memory.
class Machine {
  public:
    Machine(Evaluator& memory, const Program& program, const Value& data, std::size_t steps);

    /// Whether there is a result; else the evaluator's error is set.
    [[nodiscard]] bool run();
    /// On the stack: a copy of what was just written there costs a sixth of a short rule's time.
    [[nodiscard]] const Value* result() const { return top_ - 1; }
    [[nodiscard]] std::size_t steps_left() const { return steps_; }

  private:
    // Each takes its values from the stack and puts one there; false where that is an error, which
    // it has set.
    bool step(const Instruction& instruction);
    bool arithmetic(const Instruction& instruction);
    bool extreme(const Instruction& instruction);
    bool compare(const Instruction& instruction);
    bool compare_directly(const Instruction& instruction);
    bool decide(bool so);
    bool is_so(Op op, const Value& left, const Value& right, bool& so);
    bool is_so_of_others(Op op, const Value& left, const Value& right, bool& so);
    bool plain_value(const Instruction& instruction, Value& made);
    bool concatenate(const Instruction& instruction);
    bool substring(const Instruction& instruction);
    bool contained(const Instruction& instruction);
    bool merge(const Instruction& instruction);
    bool make_array(const Instruction& instruction);
    bool missing(const Instruction& instruction);
    bool missing_some(const Instruction& instruction);
    bool length();
    bool raise();
    bool matches(const Instruction& instruction);
    bool predicate(const Instruction& instruction);
    bool first_present(const Instruction& instruction);
    bool load_at();
    bool val(const Instruction& instruction);
    bool iterate(const Instruction& instruction);
    bool again(const Instruction& instruction);

    void enter_item(Evaluator::Scope& scope, Iteration kind);
    bool iterate_plainly(const Instruction& entry);
    template <class Make> bool each_item(const Instruction& entry, Make make);
    bool collect(Evaluator::Scope& scope, Iteration kind, const Value& item, const Value& made);
    bool finish(const Evaluator::Scope& scope, Iteration kind);
    bool leave_with(const Value& result);
    [[nodiscard]] Value error_value();
    bool recover();

    /// What stands at a path; missing where there is nothing.
    [[nodiscard]] Value follow(const Path& path) {
        if (path.levels == 0 && path.count == 1) // as most are
            return child(data(), program_.segments[path.first], memory_.hints_[path.first]);
        Value at = path.levels == 0 ? data() : at_level(path.levels);
        for (std::uint32_t i = path.first; i < path.first + path.count; ++i)
            at = child(at, program_.segments[i], memory_.hints_[i]);
        return at;
    }
    /// Objects that come one after the other often have their members in the same places.
    [[nodiscard]] static Value child(const Value& of, const Segment& segment, std::uint32_t& hint) {
        if (of.kind != ValueKind::object) return child(of, segment);
        Container& object = *of.container;
        if (hint >= object.count || !(object.names[hint] == segment.name)) {
            const std::uint32_t found = find_member(object, segment.name);
            if (found == no_member) return Value::missing();
            hint = found;
        }
        return entry(object, hint);
    }
    [[nodiscard]] const Value& data() const { return memory_.scopes_.back().data; }
    [[nodiscard]] Value follow_dotted(std::string_view path);
    [[nodiscard]] Value at_level(std::uint32_t levels);
    [[nodiscard]] static Value child(const Value& of, const Segment& segment);
    [[nodiscard]] Value child(const Value& of, const Value& key);
    [[nodiscard]] Value missing_of(std::span<const Value> names);
    [[nodiscard]] std::string_view as_text(const Value& value);

    /// The values that an instruction takes; they stay on the stack until `replace`.
    [[nodiscard]] std::span<const Value> taken(const Instruction& instruction);
    bool replace(const Instruction& instruction, const Value& result);

    void push(const Value& value) { *top_++ = value; }
    Value& top() { return top_[-1]; }
    /// Counts work beyond the step itself.
    [[nodiscard]] bool spend(std::size_t steps) {
        if (steps > steps_) return over_limit("The rule takes too many steps.");
        steps_ -= steps;
        return true;
    }
    bool fail(std::string_view type, std::string_view detail);
    bool not_a_number() { return fail("NaN", "A value is no number."); }
    bool wrong_arguments(std::string_view detail) { return fail("Invalid Arguments", detail); }
    bool over_limit(std::string_view detail);
    bool is_flat_enough(const Container& container);

    Evaluator& memory_;
    Arena& arena_;
    const Program& program_;
    std::uint32_t next_ = 0;
    std::size_t steps_;
    bool fatal_ = false;
    Value* top_; // behind the topmost value
};

} // namespace throughline::rules
