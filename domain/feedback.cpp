#include "domain/record/kind.hpp"

namespace throughline {

Kind feedback_kind() {
    return {"feedback",
            "feedback",
            {
                text("category").at_most(100).required(),
                long_text("message").required().searchable(),
                text("page").at_most(2048),
                flag("contact_ok").initially(false),
                reference("owner_id", "user").by_default_the_creator(),
            },
            {"message"}};
}

} // namespace throughline
