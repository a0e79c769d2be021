#include "domain/view.hpp"

#include "domain/record/change.hpp"
#include "domain/record/merge.hpp"
#include "domain/record/value.hpp"

namespace throughline {

namespace {

/// {"field": value} or {"field": {"op": value}}; what it names is the list's to judge.
std::optional<Json> normal_filter(const Json& written, const std::string& pointer,
                                  std::vector<FieldError>& faults) {
    if (written.object() != nullptr) return written;
    add_fault(faults, pointer, "invalid_type", "An object is expected.");
    return std::nullopt;
}

const OwnRules& filter_rules() {
    static constexpr OwnRules rules{normal_filter, R"({"type": "object"})", true};
    return rules;
}

Result<JsonObject> settle(const Kind&, const Record& before, JsonObject values, Time) {
    Json* const filter = values.find("filter");
    if (before.version > 0 && filter != nullptr)
        *filter = *changed_view(before.fields, values).find("filter");
    return values;
}

} // namespace

Kind view_kind() {
    Kind kind{"view",
              "views",
              {
                  text("kind").at_most(50).required(),
                  text("name").required().sortable(),
                  own("filter", filter_rules()).initially(JsonObject{}),
                  text("sort").at_most(1000),
                  tags("fields"),
                  flag("shared").initially(false),
                  reference("owner_id", "user").by_default_the_creator(),
              }};
    kind.settle = settle;
    kind.events = {"created", "updated", "deleted"};
    return kind;
}

JsonObject changed_view(JsonObject view, const JsonObject& values) {
    for (const auto& [name, value] : values) {
        const JsonObject* const patch = name == "filter" ? value.object() : nullptr;
        if (patch == nullptr) {
            view.set(name, value);
            continue;
        }
        const Json* const filter = view.find(name);
        const JsonObject* const kept = filter == nullptr ? nullptr : filter->object();
        view.set(name, merge_patch(kept == nullptr ? JsonObject{} : *kept, *patch));
    }
    return view;
}

} // namespace throughline
