#pragma once
#include <string>
#include <variant>
#include <vector>

namespace throughline::rules {

struct Helper;

/// A helper and what stands behind its colon.
struct HelperCall {
    const Helper* helper = nullptr;
    std::string argument;
};

/// What stands between braces: a path of members and items, or a time counted from now, then
/// helpers.
struct Placeholder {
    enum class Source { path, now, day };
    Source source = Source::path;
    std::string path;
    std::vector<std::string> alternatives; // paths, where there is nothing at the one before
    int days = 0;                          // from the event's
    std::vector<HelperCall> helpers;
};

using TemplatePart = std::variant<std::string, Placeholder>;

/// Why a text is no template; `code` is for programs, as a FieldError's.
struct TemplateFault {
    std::string code;
    std::string detail;
};

/// A text as what it is made of.
[[nodiscard]] std::variant<std::vector<TemplatePart>, TemplateFault>
read_template(std::string_view text);

} // namespace throughline::rules
