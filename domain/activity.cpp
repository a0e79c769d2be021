#include "domain/record/completion.hpp"

namespace throughline {

Kind activity_kind() {
    Kind kind{"activity",
              "activities",
              {
                  choice("type", {"call", "meeting", "note", "email"}).required(),
                  text("subject").required().personal().searchable().sortable(),
                  long_text("body").personal().searchable(),
                  choice("status", {"planned", "completed", "cancelled"})
                      .initially("planned")
                      .never_null()
                      .change_is("status_changed")
                      .becoming_is("completed", "completed"),
                  time("due_at").sortable(),
                  time("completed_at").sortable(),
                  long_text("outcome").at_most(2000).personal().searchable(),
                  reference("contact_id", "contact"),
                  reference("organization_id", "organization").created_by_name(),
                  reference("deal_id", "deal"),
                  reference("lead_id", "lead"),
                  reference("owner_id", "user").by_default_the_creator(),
                  metadata("metadata"),
              },
              {"subject"}};
    kind.settle = keep_completion_time;
    return kind;
}

} // namespace throughline
