#pragma once
#include "domain/result.hpp"
#include "domain/rules/template.hpp"

#include <span>

namespace throughline::rules {

/// What a parameter of an action must be; a text with a template stands for any of them.
enum class Takes {
    text,
    any,
    object,
    addresses, // a text, or a list of texts
    headers,   // an object of texts
    method,    // of HTTP
    duration,  // such as 2d, or a number of days
    id,        // a UUID
    name,      // of a queue
};

struct ActionParameter {
    std::string_view name;
    Takes takes = Takes::text;
    bool required = false;
    Target target = Target::plain; // how templates in it are escaped
};

/// What a rule can do: a type and its parameters (docs/rules.md).
struct ActionType {
    std::string_view name;
    std::string_view also; // another name, empty where there is none
    std::string_view description;
    std::string_view writes; // records of this kind, empty where none; update_status is told which
    std::span<const ActionParameter> parameters;
    /// One of these is required as well.
    std::span<const std::string_view> one_of = {};
};

[[nodiscard]] std::span<const ActionType> action_types();
/// By either name; nullptr where there is none.
[[nodiscard]] const ActionType* find_action_type(std::string_view name);

/// An action of a rule: its parameters as they were written, templates and all.
struct Action {
    const ActionType* type = nullptr;
    JsonObject parameters;
    std::string pointer = {}; // to where they stand
};

/// Letters, digits, dots, dashes and underscores, at most 100, not beginning with a dot.
[[nodiscard]] bool is_queue_name(std::string_view text);

inline constexpr std::size_t max_actions = 50;

/// Checks a rule's actions: a list of {"type", "parameters": {…}}, or with the parameters beside
/// the type. Faults name the place below `pointer`, those of templates too.
[[nodiscard]] Result<std::vector<Action>> check_actions(const Json& actions,
                                                        std::string_view pointer = "/actions");

/// Renders an action's parameters, each for its target.
[[nodiscard]] JsonObject rendered_parameters(const Action& action, const TemplateContext& context,
                                             std::string_view pointer,
                                             std::vector<TemplateWarning>& warnings);

} // namespace throughline::rules
