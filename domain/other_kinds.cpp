#include "domain/other_kinds.hpp"

#include "domain/automation.hpp"
#include "domain/automation_run.hpp"
#include "domain/identity/api_key.hpp"
#include "domain/identity/invitation.hpp"
#include "domain/identity/tenant.hpp"
#include "domain/identity/user.hpp"
#include "domain/import.hpp"
#include "domain/openapi_document.hpp"
#include "domain/record/custom_fields.hpp"
#include "domain/view.hpp"

#include <algorithm>

namespace throughline {

const std::vector<Kind>& kinds_beside_records() {
    static const std::vector<Kind> kinds{tenant_kind(),
                                         user_kind(),
                                         invitation_kind(),
                                         api_key_kind(),
                                         custom_fields_kind(),
                                         view_kind(),
                                         import_kind(),
                                         automation_kind(),
                                         automation_run_kind(),
                                         automation_trigger_kind(),
                                         automation_breaker_kind(),
                                         openapi_document_kind()};
    return kinds;
}

const Kind* any_kind(const Registry& registry, std::string_view name) {
    if (const Kind* const kind = registry.find(name)) return kind;
    const auto found = std::ranges::find_if(kinds_beside_records(), [&](const Kind& kind) {
        return kind.name == name || kind.plural == name;
    });
    return found == kinds_beside_records().end() ? nullptr : &*found;
}

} // namespace throughline
