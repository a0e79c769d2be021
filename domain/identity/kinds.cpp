#include "domain/identity/kinds.hpp"

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

const std::vector<Kind>& identity_kinds() {
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

std::vector<std::string> identity_event_types(const Kind& kind) {
    if (kind.name == "invitation")
        return {"invitation.created", "invitation.accepted", "invitation.deleted"};
    if (kind.name == "import")
        return {"import.created", "import.updated", "import.completed", "import.failed"};
    if (kind.name == "automation")
        return {"automation.created", "automation.updated", "automation.deleted",
                "automation.restored"};
    if (kind.name == "automation_run")
        return {"automation_run.created",   "automation_run.status_changed",
                "automation_run.succeeded", "automation_run.failed",
                "automation_run.cancelled", "automation_run.dead"};
    if (kind.name == "automation_trigger")
        return {"automation_trigger.created", "automation_trigger.erased"};
    if (kind.name == "automation_breaker")
        return {"automation_breaker.created", "automation_breaker.opened",
                "automation_breaker.closed"};
    if (kind.name == "view") return {"view.created", "view.updated", "view.deleted"};
    if (kind.name == "openapi_document")
        return {"openapi_document.created", "openapi_document.deleted"};
    if (kind.name == "user") return {"user.created", "user.updated", "user.password_changed"};
    if (kind.name == "api_key") return {"api_key.created", "api_key.deleted"};
    return {kind.name + ".created", kind.name + ".updated"};
}

const Kind* any_kind(const Registry& registry, std::string_view name) {
    if (const Kind* const kind = registry.find(name)) return kind;
    const auto found = std::ranges::find_if(identity_kinds(), [&](const Kind& kind) {
        return kind.name == name || kind.plural == name;
    });
    return found == identity_kinds().end() ? nullptr : &*found;
}

} // namespace throughline
