#include "domain/record/kind.hpp"

namespace throughline {

Kind contact_kind() {
    return {"contact",
            "contacts",
            {
                text("name").required().personal().searchable().sortable(),
                email("email").personal().searchable(),
                phone("phone").personal().searchable(),
                text("job_position").personal().searchable(),
                reference("organization_id", "organization").created_by_name(),
                tags("tags").searchable(),
                choice("status", {"new", "active", "qualified", "customer", "inactive"})
                    .initially("new")
                    .never_null()
                    .change_is("status_changed"),
                reference("owner_id", "user").by_default_the_creator(),
                metadata("metadata").personal(),
            }};
}

} // namespace throughline
