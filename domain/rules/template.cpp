#include "domain/rules/template.hpp"

#include "domain/record/value.hpp"
#include "domain/rules/template_helpers.hpp"
#include "domain/rules/template_text.hpp"

#include <date/tz.h>

#include <algorithm>
#include <charconv>

namespace throughline::rules {

namespace {

/// The value at a path of members and items; nullptr where there is none.
const Json* at_path(const Json& data, std::string_view path) {
    const Json* at = &data;
    while (at != nullptr) {
        const auto dot = path.find('.');
        const std::string_view name = path.substr(0, dot);
        if (const JsonArray* const items = at->array()) {
            std::size_t index = items->size();
            const char* const end = name.data() + name.size();
            const auto read = std::from_chars(name.data(), end, index);
            at = read.ptr == end && index < items->size() ? &(*items)[index] : nullptr;
        } else {
            at = at->find(name);
        }
        if (dot == std::string_view::npos) return at;
        path.remove_prefix(dot + 1);
    }
    return nullptr;
}

std::string day_text(const TemplateContext& context, int days) {
    const auto local = context.zone.to_local(std::chrono::floor<std::chrono::seconds>(context.now));
    const auto day = date::floor<date::days>(local) + date::days(days);
    return date::format("%F", day);
}

/// Whether the author expects that there may be nothing.
bool has_default(const Placeholder& placeholder) {
    return std::ranges::any_of(
        placeholder.helpers, [](const HelperCall& call) { return call.helper->name == "default"; });
}

/// Whether quotes of JSON are open behind a text, where they were or were not before it.
bool is_quoted_behind(std::string_view text, bool is_quoted) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '"') is_quoted = !is_quoted;
        if (text[i] == '\\' && is_quoted) ++i;
    }
    return is_quoted;
}

class Renderer {
  public:
    Renderer(const TemplateContext& context, Target target, std::string_view pointer,
             std::vector<TemplateWarning>& warnings)
        : context_(context), target_(target), pointer_(pointer), warnings_(warnings) {}

    Json value(const Json& value) {
        if (const std::string* const text = value.string()) return rendered(*text);
        if (const JsonArray* const items = value.array()) return items_of(*items);
        if (const JsonObject* const members = value.object()) return members_of(*members);
        return value;
    }

  private:
    Json items_of(const JsonArray& items) {
        JsonArray made;
        for (std::size_t i = 0; i < items.size(); ++i)
            below(std::to_string(i), [&] { made.push_back(value(items[i])); });
        return made;
    }

    Json members_of(const JsonObject& members) {
        JsonObject made;
        for (const JsonMember& member : members)
            below(member.name, [&] { made.append(member.name, value(member.value)); });
        return made;
    }

    template <class Work> void below(std::string_view name, Work work) {
        const std::size_t length = pointer_.size();
        pointer_ += '/';
        append_pointer_token(pointer_, name);
        work();
        pointer_.resize(length);
    }

    Json rendered(const std::string& text) {
        if (text.find("{{") == std::string::npos) return text;
        if (left_ == 0) return {};
        Json made = rendered_template(text);
        const std::size_t bytes = to_text(made).size();
        if (bytes <= left_) {
            left_ -= bytes;
            return made;
        }
        left_ = 0;
        warn("What is rendered is longer than 1 MiB in all: this and what follows is left out.");
        return {};
    }

    Json rendered_template(const std::string& text) {
        const auto read = read_template(text);
        if (const auto* const fault = std::get_if<TemplateFault>(&read)) {
            warn(fault->detail);
            return text;
        }
        const auto& parts = std::get<std::vector<TemplatePart>>(read);
        if (parts.size() == 1) return whole(std::get<Placeholder>(parts.front()));
        std::string out;
        bool is_quoted = false;
        for (const TemplatePart& part : parts) {
            if (const auto* const literal = std::get_if<std::string>(&part)) {
                out += *literal;
                is_quoted = is_quoted_behind(*literal, is_quoted);
            } else {
                const auto& placeholder = std::get<Placeholder>(part);
                const std::string value = text_of(found(placeholder));
                const std::string made =
                    escaped(value, target_at(placeholder, &part == &parts.front(), is_quoted));
                if (made != value && &part == &parts[1]) warn_of_second(parts.front());
                out += made;
            }
            if (out.size() > max_rendered_bytes) return cut(std::move(out));
        }
        return out;
    }

    /// A URL that begins with a template takes its beginning as it is, host and all. What `json`
    /// gives is JSON already, outside of quotes.
    [[nodiscard]] Target target_at(const Placeholder& placeholder, bool is_first,
                                   bool is_quoted) const {
        const bool is_json =
            !placeholder.helpers.empty() && placeholder.helpers.back().helper->name == "json";
        if (target_ == Target::url && is_first) return Target::plain;
        return target_ == Target::json && is_json && !is_quoted ? Target::plain : target_;
    }

    /// Who puts a path behind a host means its slashes.
    void warn_of_second(const TemplatePart& first) {
        if (target_ == Target::url && std::holds_alternative<Placeholder>(first))
            warn("Only the template that a URL begins with is taken as it is: the one behind it is"
                 " percent-encoded, slashes too.");
    }

    Json whole(const Placeholder& placeholder) {
        const Json value = found(placeholder);
        if (value.string() == nullptr) return value;
        std::string text = escaped(*value.string(), target_at(placeholder, true, false));
        return text.size() > max_rendered_bytes ? cut(std::move(text)) : Json(std::move(text));
    }

    std::string cut(std::string text) {
        warn("The text is longer than 256 KiB and was cut.");
        std::size_t at = max_rendered_bytes;
        while ((static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) --at;
        text.resize(at);
        return text;
    }

    Json found(const Placeholder& placeholder) {
        Json value = source(placeholder);
        for (const HelperCall& call : placeholder.helpers)
            value = call.helper->apply(value, call.argument, context_.zone);
        return value;
    }

    Json source(const Placeholder& placeholder) {
        switch (placeholder.source) {
        case Placeholder::Source::now: return to_rfc3339(context_.now);
        case Placeholder::Source::day: return day_text(context_, placeholder.days);
        case Placeholder::Source::path: break;
        }
        const Json* value = at_path(context_.data, placeholder.path);
        for (const std::string& other : placeholder.alternatives)
            if (value == nullptr || value->is_null()) value = at_path(context_.data, other);
        if (value != nullptr) return *value;
        if (!has_default(placeholder)) warn("There is nothing at " + placeholder.path + ".");
        return {};
    }

    void warn(std::string detail) { warnings_.push_back({pointer_, std::move(detail)}); }

    const TemplateContext& context_;
    Target target_;
    std::string pointer_;
    std::vector<TemplateWarning>& warnings_;
    std::size_t left_ = max_rendered_in_all;
};

void collect_faults(const Json& value, const std::string& pointer,
                    std::vector<FieldError>& errors) {
    if (const std::string* const text = value.string()) {
        const auto read = read_template(*text);
        if (const auto* const fault = std::get_if<TemplateFault>(&read))
            errors.push_back({pointer, fault->code, fault->detail});
    } else if (const JsonArray* const items = value.array()) {
        for (std::size_t i = 0; i < items->size(); ++i)
            collect_faults((*items)[i], pointer + '/' + std::to_string(i), errors);
    } else if (const JsonObject* const members = value.object()) {
        for (const JsonMember& member : *members) {
            std::string below = pointer + '/';
            append_pointer_token(below, member.name);
            collect_faults(member.value, below, errors);
        }
    }
}

} // namespace

std::vector<FieldError> template_faults(const Json& value, std::string_view pointer) {
    std::vector<FieldError> errors;
    collect_faults(value, std::string(pointer), errors);
    if (errors.size() > max_faults) errors.resize(max_faults);
    return errors;
}

Json render(const Json& value, const TemplateContext& context, Target target,
            std::string_view pointer, std::vector<TemplateWarning>& warnings) {
    return Renderer(context, target, pointer, warnings).value(value);
}

} // namespace throughline::rules
