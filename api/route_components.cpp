#include "api/route_components.hpp"

#include "api/house_stores.hpp"
#include "api/routes/api_keys.hpp"
#include "api/routes/automation_runs.hpp"
#include "api/routes/automation_starts.hpp"
#include "api/routes/automations.hpp"
#include "api/routes/bulk_form.hpp"
#include "api/routes/deal_reports.hpp"
#include "api/routes/duplicates.hpp"
#include "api/routes/erasure.hpp"
#include "api/routes/events.hpp"
#include "api/routes/fields.hpp"
#include "api/routes/identity.hpp"
#include "api/routes/imports.hpp"
#include "api/routes/invitations.hpp"
#include "api/routes/merges.hpp"
#include "api/routes/openapi_documents.hpp"
#include "api/routes/operations.hpp"
#include "api/routes/page_components.hpp"
#include "api/routes/project_tasks.hpp"
#include "api/routes/record_actions.hpp"
#include "api/routes/record_past.hpp"
#include "api/routes/roles.hpp"
#include "api/routes/search.hpp"
#include "api/routes/tenant.hpp"
#include "api/routes/undo.hpp"
#include "api/routes/usage.hpp"
#include "api/routes/users.hpp"
#include "api/routes/views.hpp"
#include "api/routes/why.hpp"

namespace throughline {

std::vector<JsonObject> route_components() {
    return {operations_components(),
            identity_components(),
            tenant_components(),
            user_components(),
            invitation_components(),
            api_key_components(),
            event_components(),
            import_components(),
            page_components(),
            role_components(),
            usage_components(),
            record_action_components(),
            field_components(),
            deal_report_components(),
            project_task_components(),
            search_components(),
            duplicate_components(),
            past_components(),
            why_components(),
            undo_components(),
            bulk_components(),
            erasure_components(),
            merge_components(),
            view_components(),
            automation_components(),
            house_components(),
            automation_run_components(),
            automation_start_components(),
            openapi_document_components()};
}

} // namespace throughline
