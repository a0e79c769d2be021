#pragma once
#include "domain/rules/program.hpp"

namespace throughline::rules {

struct Operator;

/// Turns one rule into a program. Each expression leaves one value on the stack.
class Compiler {
  public:
    /// The patterns take what they are from the room, which outlives it.
    Compiler(std::string_view pointer, PatternRoom& patterns);

    [[nodiscard]] Program compile(const Json& rule);

    // How operators compile what stands behind them (operators.cpp).
    void values(const Operator& made, const Json& arguments);
    void one_value(const Operator& made, const Json& arguments);
    void comparison(const Operator& made, const Json& arguments);
    void logical(const Operator& made, const Json& arguments);
    void coalesce(const Operator& made, const Json& arguments);
    void conditional(const Operator& made, const Json& arguments);
    void iteration(const Operator& made, const Json& arguments);
    void attempts(const Operator& made, const Json& arguments);
    void var(const Operator& made, const Json& arguments);
    void val(const Operator& made, const Json& arguments);
    void preserved(const Operator& made, const Json& arguments);
    void itself(const Operator& made, const Json& arguments);
    void matching(const Operator& made, const Json& arguments);

  private:
    /// Of the JSON pointer to what is being compiled; takes itself back.
    class Step;

    void expression(const Json& rule);
    void operation(const JsonObject& rule);
    /// An item of an array of arguments.
    void argument(const JsonArray& arguments, std::size_t index);
    /// An operator's only argument, which may stand in an array.
    void only_argument(const Json& arguments);
    void put(const Json& value);
    void fault(std::string_view type, std::string detail);
    void arguments_fault(std::string detail) { fault("Invalid Arguments", std::move(detail)); }

    std::uint32_t emit(Op op, std::uint32_t count = 0, bool spread = false);
    void make_direct(std::uint32_t begin);
    /// Has a jump lead to the next instruction.
    void land(std::uint32_t jump) { program_.code[jump].target = here(); }
    [[nodiscard]] std::uint32_t here() const {
        return static_cast<std::uint32_t>(program_.code.size());
    }
    [[nodiscard]] std::uint32_t path(std::uint32_t levels, const std::vector<Json>& parts);
    [[nodiscard]] Segment segment(const Json& part);

    Program program_;
    std::string pointer_;
    PatternRoom& patterns_;
    std::uint32_t place_ = 0;
    std::size_t values_ = 0;
    std::size_t depth_ = 0;
};

/// Whether a value of a rule is to be evaluated itself: an object with members.
[[nodiscard]] bool is_operation(const Json& value);

/// An operator's name and how it compiles.
struct Operator {
    std::string_view name;
    void (Compiler::*compile)(const Operator&, const Json&);
    Op op = Op::end;
    std::uint8_t least = 0; // arguments
    std::uint8_t most = 255;
    std::uint32_t detail = 0; // an Iteration, a Predicate, the op of a chain
};
/// nullptr where there is none of this name.
[[nodiscard]] const Operator* find_operator(std::string_view name);

} // namespace throughline::rules
