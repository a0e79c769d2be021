#include "domain/identity/invitation.hpp"

#include "domain/identity/user.hpp"

namespace throughline {

Kind invitation_kind() {
    Kind kind{
        "invitation",
        "invitations",
        {
            email("email").required().personal().searchable(),
            choice("role", role_names()).required(),
            text("expires_at").required(),
            choice("status", {"pending", "accepted"}).initially("pending").change_is("accepted"),
            reference("member_id", "user").change_is("accepted"),
        }};
    kind.events = {"created", "accepted", "deleted"};
    return kind;
}

} // namespace throughline
