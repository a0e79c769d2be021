#include "domain/rules/compiler.hpp"

#include "domain/rules/jsonlogic.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <charconv>

namespace throughline::rules {

namespace {

/// Whether something is to be evaluated in it.
bool has_operation(const Json& value) {
    if (is_operation(value)) return true;
    const JsonArray* const items = value.array();
    return items != nullptr && std::ranges::any_of(*items, has_operation);
}

/// Of one pattern, its automaton included; RE2 falls back to slower matching, still linear.
constexpr std::int64_t pattern_memory = 1024 * 1024;

std::shared_ptr<const re2::RE2> read_pattern(const std::string& text) {
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(pattern_memory);
    return std::make_shared<const re2::RE2>(text, options);
}

} // namespace

class Compiler::Step {
  public:
    Step(Compiler& compiler, std::string_view name)
        : compiler_(compiler), length_(compiler.pointer_.size()) {
        compiler_.pointer_ += '/';
        append_pointer_token(compiler_.pointer_, name);
    }
    Step(Compiler& compiler, std::size_t index) : Step(compiler, std::to_string(index)) {}
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;
    ~Step() { compiler_.pointer_.resize(length_); }

  private:
    Compiler& compiler_;
    std::size_t length_;
};

bool is_operation(const Json& value) {
    const JsonObject* const members = value.object();
    return members != nullptr && !members->empty();
}

Compiler::Compiler(std::string_view pointer, PatternRoom& patterns)
    : pointer_(pointer), patterns_(patterns) {
    program_.memory = std::make_shared<Arena>(Program::max_bytes);
}

Program Compiler::compile(const Json& rule) {
    program_.places.push_back(pointer_);
    expression(rule);
    emit(Op::end);
    return std::move(program_);
}

std::uint32_t Compiler::emit(Op op, std::uint32_t count, bool spread) {
    program_.code.push_back({op, spread, count, 0, place_, false, 0});
    return here() - 1;
}

void Compiler::put(const Json& value) {
    program_.constants.push_back(to_value(value, *program_.memory));
    emit(Op::constant, static_cast<std::uint32_t>(program_.constants.size() - 1));
}

void Compiler::fault(std::string_view type, std::string detail) {
    program_.faults.push_back({std::string(type), pointer_, std::move(detail), {}});
    emit(Op::fail, static_cast<std::uint32_t>(program_.faults.size() - 1));
}

void Compiler::expression(const Json& rule) {
    if (++values_ > max_rule_values || depth_ == max_rule_depth) {
        fault("Limit Exceeded", values_ > max_rule_values ? "A rule has at most 10000 values."
                                                          : "A rule nests at most 64 deep.");
        return;
    }
    ++depth_;
    if (is_operation(rule)) {
        operation(*rule.object());
    } else if (has_operation(rule)) {
        const JsonArray& items = *rule.array();
        for (std::size_t i = 0; i < items.size(); ++i) argument(items, i);
        emit(Op::array, static_cast<std::uint32_t>(items.size()));
    } else {
        put(rule);
    }
    --depth_;
}

void Compiler::operation(const JsonObject& rule) {
    const auto& [name, arguments] = *rule.begin();
    const Operator* const known = find_operator(name);
    if (rule.size() > 1) return fault("Unknown Operator", "An operation has one member.");
    const Step step(*this, name);
    if (known == nullptr) return fault("Unknown Operator", "There is no operator " + name + ".");
    const std::uint32_t outer = place_;
    place_ = static_cast<std::uint32_t>(program_.places.size());
    program_.places.push_back(pointer_);
    (this->*known->compile)(*known, arguments);
    place_ = outer;
}

void Compiler::argument(const JsonArray& arguments, std::size_t index) {
    const Step step(*this, index);
    expression(arguments[index]);
}

void Compiler::only_argument(const Json& arguments) {
    const JsonArray* const listed = arguments.array();
    if (listed == nullptr)
        expression(arguments);
    else if (listed->empty())
        put(nullptr);
    else
        argument(*listed, 0);
}

void Compiler::values(const Operator& made, const Json& arguments) {
    const JsonArray* const listed = arguments.array();
    const std::size_t count = listed == nullptr ? 1 : listed->size();
    const bool spread = is_operation(arguments);
    if (spread ? made.op == Op::predicate : count < made.least || count > made.most)
        return arguments_fault(std::string(made.name) + " takes other arguments.");
    if (listed == nullptr) expression(arguments);
    for (std::size_t i = 0; listed != nullptr && i < count; ++i) argument(*listed, i);
    const std::uint32_t at = emit(made.op, static_cast<std::uint32_t>(count), spread);
    program_.code[at].target = made.detail;
}

void Compiler::one_value(const Operator& made, const Json& arguments) {
    only_argument(arguments);
    emit(made.op, 1);
}

void Compiler::itself(const Operator&, const Json& arguments) { only_argument(arguments); }

void Compiler::preserved(const Operator&, const Json& arguments) { put(arguments); }

void Compiler::matching(const Operator&, const Json& arguments) {
    const JsonArray* const listed = arguments.array();
    const std::string* const text =
        listed != nullptr && listed->size() == 2 ? (*listed)[1].string() : nullptr;
    if (text == nullptr) return arguments_fault("matches takes a value and a pattern as text.");
    if (patterns_.count == 0) return fault("Limit Exceeded", "A rule has at most 100 patterns.");
    --patterns_.count;
    auto pattern = read_pattern(*text);
    if (!pattern->ok()) return arguments_fault("The pattern cannot be read: " + pattern->error());
    if (pattern->ProgramSize() > patterns_.instructions)
        return fault("Limit Exceeded", "The rule's patterns are too large together.");
    patterns_.instructions -= pattern->ProgramSize();
    argument(*listed, 0);
    program_.patterns.push_back(std::move(pattern));
    emit(Op::matches, static_cast<std::uint32_t>(program_.patterns.size() - 1));
}

std::uint32_t Compiler::path(std::uint32_t levels, const std::vector<Json>& parts) {
    const auto first = static_cast<std::uint32_t>(program_.segments.size());
    for (const Json& part : parts) program_.segments.push_back(segment(part));
    program_.paths.push_back({levels, first, static_cast<std::uint32_t>(parts.size())});
    return static_cast<std::uint32_t>(program_.paths.size() - 1);
}

Segment Compiler::segment(const Json& part) {
    const std::string* const text = part.string();
    const std::string name = text != nullptr ? *text : to_text(part);
    Segment made{Name(kept(name, *program_.memory))};
    std::uint32_t index = 0;
    const char* const end = name.data() + name.size();
    if (std::from_chars(name.data(), end, index).ptr == end && !name.empty()) made.index = index;
    return made;
}

} // namespace throughline::rules
