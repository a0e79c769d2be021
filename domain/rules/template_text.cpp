#include "domain/rules/template_text.hpp"

#include "domain/rules/template_helpers.hpp"

#include <charconv>

namespace throughline::rules {

namespace {

constexpr std::string_view opening = "{{";
constexpr std::string_view closing = "}}";
constexpr std::size_t max_parts = 1000;
constexpr std::size_t max_helpers = 16;
constexpr int max_days = 36'600;

std::string_view trimmed_view(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

/// Up to the mark, which is passed.
std::string_view cut(std::string_view& rest, char mark) {
    const auto at = rest.find(mark);
    const std::string_view before = rest.substr(0, at);
    rest = at == std::string_view::npos ? std::string_view() : rest.substr(at + 1);
    return before;
}

TemplateFault malformed(std::string detail) { return {"invalid_format", std::move(detail)}; }

/// Names with dots between them.
bool is_path(std::string_view text) {
    if (text.empty() || text.front() == '.' || text.back() == '.') return false;
    return text.find("..") == std::string_view::npos &&
           text.find_first_of(" \t\r\n{}'\"()") == std::string_view::npos;
}

std::variant<Placeholder, TemplateFault> read_source(std::string_view text) {
    Placeholder made;
    std::string_view argument = text;
    const std::string_view name = trimmed_view(cut(argument, ':'));
    const bool has_argument = name.size() < text.size();
    if (name == "date_add_days") {
        const std::string_view days = trimmed_view(argument);
        const char* const end = days.data() + days.size();
        const auto read = std::from_chars(days.data(), end, made.days);
        if (days.empty() || read.ec != std::errc{} || read.ptr != end || made.days < -max_days ||
            made.days > max_days)
            return malformed("date_add_days takes a number of days: {{date_add_days:7}}.");
        made.source = Placeholder::Source::day;
        return made;
    }
    if (has_argument)
        return TemplateFault{"invalid_choice", "There is no function " + std::string(name) + "."};
    if (name == "now" || name == "today") {
        made.source = name == "now" ? Placeholder::Source::now : Placeholder::Source::day;
        return made;
    }
    if (!is_path(name)) return malformed("'" + std::string(text) + "' is no path.");
    made.path = name;
    return made;
}

std::variant<Placeholder, TemplateFault> read_placeholder(std::string_view text) {
    std::string_view rest = text;
    auto made = read_source(trimmed_view(cut(rest, '|')));
    auto* const placeholder = std::get_if<Placeholder>(&made);
    while (placeholder != nullptr && !rest.empty()) {
        if (placeholder->helpers.size() + placeholder->alternatives.size() == max_helpers)
            return TemplateFault{"too_large", "A template has at most 16 helpers."};
        std::string_view argument = trimmed_view(cut(rest, '|'));
        const std::string name(trimmed_view(cut(argument, ':')));
        if (name == "or") {
            argument = trimmed_view(argument);
            if (!is_path(argument))
                return malformed("or takes a path: {{task.assignee_id|or:user_id}}.");
            placeholder->alternatives.emplace_back(argument);
            continue;
        }
        const Helper* const helper = find_helper(name);
        if (helper == nullptr)
            return TemplateFault{"invalid_choice", "There is no helper '" + name + "'."};
        if (!helper->takes(argument)) return malformed(name + " takes another argument.");
        placeholder->helpers.push_back({helper, std::string(argument)});
    }
    return made;
}

} // namespace

std::variant<std::vector<TemplatePart>, TemplateFault> read_template(std::string_view text) {
    std::vector<TemplatePart> parts;
    while (!text.empty()) {
        const auto begin = text.find(opening);
        if (begin != 0) parts.emplace_back(std::string(text.substr(0, begin)));
        if (begin == std::string_view::npos) break;
        text.remove_prefix(begin + opening.size());
        const auto end = text.find(closing);
        if (end == std::string_view::npos) return malformed("A template is not closed by }}.");
        auto read = read_placeholder(text.substr(0, end));
        if (auto* const fault = std::get_if<TemplateFault>(&read)) return std::move(*fault);
        parts.emplace_back(std::move(std::get<Placeholder>(read)));
        if (parts.size() > max_parts)
            return TemplateFault{"too_large", "A text has at most 1000 templates."};
        text.remove_prefix(end + closing.size());
    }
    return parts;
}

} // namespace throughline::rules
