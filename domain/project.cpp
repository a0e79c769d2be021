#include "domain/record/kind.hpp"

namespace throughline {

Kind project_kind() {
    return {"project",
            "projects",
            {
                text("name").required().searchable().sortable(),
                long_text("description").searchable(),
                choice("status", {"planned", "in_progress", "completed", "on_hold", "cancelled"})
                    .initially("planned")
                    .never_null()
                    .change_is("status_changed"),
                reference("organization_id", "organization").created_by_name(),
                references("assignee_ids", "user"),
                reference("owner_id", "user").by_default_the_creator(),
                date("due_date").sortable(),
                metadata("metadata"),
            }};
}

} // namespace throughline
