#include "domain/record/completion.hpp"

namespace throughline {

Kind task_kind() {
    Kind kind{"task",
              "tasks",
              {
                  text("name").required().also_called("title").searchable().sortable(),
                  long_text("description").searchable(),
                  choice("status", {"pending", "in_progress", "completed", "blocked", "cancelled"})
                      .initially("pending")
                      .never_null()
                      .change_is("status_changed"),
                  choice("priority", {"low", "medium", "high", "urgent"}).initially("medium"),
                  reference("assignee_id", "user"),
                  reference("owner_id", "user").by_default_the_creator(),
                  reference("project_id", "project"),
                  reference("contact_id", "contact"),
                  reference("organization_id", "organization").created_by_name(),
                  reference("deal_id", "deal"),
                  reference("lead_id", "lead"),
                  date("due_date").sortable(),
                  time("completed_at").sortable().going_with("status"),
                  metadata("metadata"),
              }};
    kind.settle = keep_completion_time;
    return kind;
}

} // namespace throughline
