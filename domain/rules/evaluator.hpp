#pragma once
#include "domain/rules/program.hpp"

#include <optional>

namespace date {
class time_zone;
}

namespace throughline::rules {

/// What one evaluation may use; more is an error of the type "Limit Exceeded", which `try` does not
/// catch.
struct Limits {
    std::uint32_t steps = 1'000'000;
    std::size_t bytes = 16 * 1024 * 1024;
    std::uint32_t height = 128; // of arrays and objects that the rule nests
};

/// Runs programs. Its memory is kept from run to run, so that most runs allocate nothing. One for
/// each thread.
class Evaluator {
  public:
    explicit Evaluator(Limits limits = {});
    Evaluator(const Evaluator&) = delete;
    Evaluator& operator=(const Evaluator&) = delete;

    /// Where days begin from now on: in this zone, which outlives it; at first in UTC.
    void set_zone(const date::time_zone& zone) { zone_ = &zone; }
    /// The result, or nullptr and `error` says why; both are good until the next run. The data is
    /// read on where a program looks further into its text than others did.
    [[nodiscard]] const Value* run(const Program& program, const Value& data);
    /// One of several runs that share their steps: takes those that it needs.
    [[nodiscard]] const Value* run(const Program& program, const Value& data, std::size_t& steps);
    [[nodiscard]] const RuleError& error() const { return error_; }
    [[nodiscard]] const Limits& limits() const { return limits_; }

  private:
    friend class Machine;

    /// An iteration's item or an error, or the data at the bottom.
    struct Scope {
        Value data;
        Container* items = nullptr;
        std::uint32_t index = 0;
        Container* out = nullptr; // of map and filter
        Value accumulator;
    };
    struct Attempt {
        std::uint32_t handler;
        std::size_t stack;
        std::size_t scopes;
    };

    Limits limits_;
    const date::time_zone* zone_ = nullptr;
    Arena arena_;
    std::vector<Value> stack_;
    std::vector<Scope> scopes_;
    std::vector<std::uint32_t> hints_; // where a path's segment was found before
    std::vector<Attempt> attempts_;
    std::string text_; // while one is put together
    RuleError error_;
};

} // namespace throughline::rules
