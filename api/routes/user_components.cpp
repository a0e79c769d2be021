#include "api/openapi.hpp"
#include "api/routes/invitations.hpp"
#include "api/routes/users.hpp"
#include "domain/identity/invitation.hpp"
#include "domain/identity/user.hpp"
#include "domain/record/schema.hpp"
#include "domain/schema_words.hpp"

namespace throughline {

namespace {

Json password() {
    return JsonObject{
        {"type", "string"}, {"minLength", 8}, {"maxLength", 1000}, {"format", "password"}};
}

/// Of the kind's field, as a body takes it.
Json field(const Kind& kind, std::string_view name) {
    return *write_schema(kind, true).find("properties")->find(name);
}

/// A new invitation with its link, which is told once.
Json invited() {
    JsonObject properties{{"id", formatted("uuid")},
                          {"email", typed("string")},
                          {"role", typed("string")},
                          {"expires_at", formatted("date-time")},
                          {"accept_url", typed("string")}};
    return object_of(std::move(properties), {"id", "email", "role", "expires_at", "accept_url"});
}

} // namespace

JsonObject user_components() {
    const Kind user = user_kind();
    const Json update = write_schema(user, false);
    JsonObject changed;
    for (const auto name : {"role", "active", "id", "version", "created_at", "updated_at"})
        changed.append(name, *update.find("properties")->find(name));
    return {{"User", record_schema(user)},
            {"UserList", list_schema("User")},
            {"NewUser", closed(object_of({{"name", field(user, "name")},
                                          {"email", field(user, "email")},
                                          {"role", field(user, "role")},
                                          {"password", password()}},
                                         {"name", "email", "role"}))},
            {"UserUpdate", closed(object_of(std::move(changed)))}};
}

JsonObject invitation_components() {
    const Kind invitation = invitation_kind();
    return {{"Invitation", record_schema(invitation)},
            {"InvitationList", list_schema("Invitation")},
            {"NewInvitation", closed(object_of({{"email", field(invitation, "email")},
                                                {"role", field(invitation, "role")}},
                                               {"email", "role"}))},
            {"Invited", invited()},
            {"Acceptance",
             closed(object_of(
                 {{"token", typed("string")},
                  {"name", JsonObject{{"type", "string"}, {"minLength", 1}, {"maxLength", 255}}},
                  {"password", password()}},
                 {"token", "name", "password"}))}};
}

} // namespace throughline
