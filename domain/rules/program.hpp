#pragma once
#include "domain/rules/container.hpp"

#include <memory>
#include <string>
#include <vector>

namespace re2 {
class RE2;
}

namespace throughline::rules {

/// What one step does. Values are on a stack: each step takes what it needs from it and puts its
/// result there. `count` and `target` are what the comments call n and t.
enum class Op : std::uint8_t {
    constant,     // puts constant n
    load,         // puts the value at path n, null where there is none
    probe,        // the same, missing where there is none
    exists,       // whether there is something at path n
    load_at,      // takes a path: a text with dots, a number, or null for all; as `probe`
    val,          // takes n parts of a path; null where there is nothing
    val_exists,   // the same, whether there is something
    keep_found,   // takes a missing value, or leaves another and jumps to t
    null_missing, // makes a missing value null
    jump,
    jump_if_false, // takes a value, jumps to t when it is false
    and_then,      // takes a true value, or leaves a false one and jumps to t
    or_else,       // takes a false value, or leaves a true one and jumps to t
    if_null,       // takes null, or leaves another value and jumps to t
    first_present, // takes n values, puts the first that is not null
    negate,
    truth,
    // Comparisons take two values. With t they stand in a chain: when false, false is left and t is
    // next; when true, the second value is left.
    less,
    less_equal,
    greater,
    greater_equal,
    equal,
    not_equal,
    same,
    not_same,
    // These take n values.
    add,
    subtract,
    multiply,
    divide,
    modulo,
    minimum,
    maximum,
    concatenate,
    substring,
    contained,
    merge,
    array,
    missing,
    missing_some,
    length,    // takes one
    raise,     // takes one
    matches,   // takes one, compares with pattern n
    predicate, // takes those of condition operator n
    iterate,   // takes items (and a start), enters iteration n, or jumps to t with its result
    again,     // takes the body's result, jumps to t for the next item, or puts the result
    attempt,   // errors until `attempted` go on at t; n when an error's scope is open
    attempted, // jumps to t; n when an error's scope is open
    leave,     // closes a scope
    fail,      // raises fault n
    end,
};

enum class Iteration : std::uint8_t { map, filter, reduce, all, some, none };

struct Instruction {
    Op op = Op::end;
    bool spread = false; // the one value taken stands for its items where it is an array
    std::uint32_t count = 0;
    std::uint32_t target = 0;
    std::uint32_t place = 0;
    bool direct = false; // a comparison of path n with constant `other`, not of the stack's
    std::uint32_t other = 0;
};

/// One step of a path: a member's name, and an item's number where it can be one.
struct Segment {
    static constexpr std::uint32_t no_index = 0xFFFFFFFF;
    Name name;
    std::uint32_t index = no_index;
};

/// `levels` scopes up, then along the segments. An iteration has two: the item's surroundings
/// (`index`), then the data around the iteration.
struct Path {
    std::uint32_t levels = 0;
    std::uint32_t first = 0;
    std::uint32_t count = 0;
};

/// What is wrong with a rule, or went wrong in it. Types are JsonLogic's: "NaN", "Invalid
/// Arguments", "Unknown Operator", whatever a rule throws; "Limit Exceeded" is ours.
struct RuleError {
    std::string type;
    std::string pointer; // RFC 6901, into the rule
    std::string detail;
    Json thrown; // the object that the rule threw, if it was one
};

/// What the patterns of one rule may still be: how many, and of how many instructions of RE2's in
/// all.
struct PatternRoom {
    std::size_t count = 100;
    int instructions = 100'000;
};

/// A rule, compiled. Never changes, so that threads share it.
struct Program {
    static constexpr std::size_t max_bytes = 16 * 1024 * 1024;

    std::vector<Instruction> code;
    std::vector<Value> constants;
    std::vector<Path> paths;
    std::vector<Segment> segments;
    std::vector<std::shared_ptr<const re2::RE2>> patterns;
    std::vector<std::string> places; // pointers into the rule
    /// What is known to be wrong before it runs: unknown operators, wrong arguments. It runs
    /// nevertheless, and such a place is an error when it is reached.
    std::vector<RuleError> faults;
    std::shared_ptr<Arena> memory; // of constants and names
};

} // namespace throughline::rules
