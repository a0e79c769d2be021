#include "domain/record/kind.hpp"

namespace throughline {

Kind organization_kind() {
    return {"organization",
            "organizations",
            {
                text("name").required().maybe_personal().searchable().sortable(),
                long_text("description").searchable(),
                text("industry").searchable(),
                url("website").searchable(),
                metadata("metadata"),
            }};
}

} // namespace throughline
