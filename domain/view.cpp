#include "domain/view.hpp"

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

} // namespace

Kind view_kind() {
    return {"view",
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
}

} // namespace throughline
