#include "api/routes/identity.hpp"

#include "domain/schema_words.hpp"

namespace throughline {

namespace {

Json reference_to(const std::string& component) {
    return JsonObject{{"$ref", "#/components/schemas/" + component}};
}

Json password() {
    return JsonObject{
        {"type", "string"}, {"minLength", 8}, {"maxLength", 1000}, {"format", "password"}};
}

Json email() { return JsonObject{{"type", "string"}, {"format", "email"}, {"maxLength", 254}}; }

Json tenant(bool with_role) {
    JsonObject properties{
        {"id", typed("string")}, {"slug", typed("string")}, {"name", typed("string")}};
    if (!with_role) return object_of(std::move(properties), {"id", "slug", "name"});
    properties.append("role", typed("string"));
    return object_of(std::move(properties), {"id", "slug", "name", "role"});
}

Json user(bool with_profile) {
    JsonObject properties{{"id", typed("string")},
                          {"name", typed("string")},
                          {"email", typed("string")},
                          {"role", typed("string")}};
    if (with_profile) {
        properties.append("timezone", nullable("string"));
        properties.append("locale", nullable("string"));
        properties.append("version", typed("integer"));
    }
    return object_of(std::move(properties), {"id", "name", "email", "role"});
}

Json session() {
    return object_of(
        {{"user", user(false)},
         {"tenant", reference_to("Tenant")},
         {"access_token", typed("string")},
         {"refresh_token", typed("string")},
         {"token_type", JsonObject{{"const", "Bearer"}}},
         {"expires_in", typed("integer")}},
        {"user", "tenant", "access_token", "refresh_token", "token_type", "expires_in"});
}

Json me() {
    return object_of({{"user", user(true)},
                      {"tenant", reference_to("Tenant")},
                      {"role", typed("string")},
                      {"tenants", array_of(tenant(true))}},
                     {"user", "tenant", "role", "tenants"});
}

} // namespace

JsonObject identity_components() {
    return {
        {"Registration", closed(object_of({{"tenant_name", typed("string")},
                                           {"tenant_slug", nullable("string")},
                                           {"name", typed("string")},
                                           {"email", email()},
                                           {"password", password()}},
                                          {"tenant_name", "name", "email", "password"}))},
        {"SignIn", closed(object_of({{"email", typed("string")}, {"password", typed("string")}},
                                    {"email", "password"}))},
        {"RefreshToken",
         closed(object_of({{"refresh_token", typed("string")}}, {"refresh_token"}))},
        {"SignOut", closed(object_of({{"refresh_token", typed("string")}}, {}))},
        {"Profile", closed(object_of({{"name", typed("string")},
                                      {"timezone", nullable("string")},
                                      {"locale", nullable("string")}},
                                     {}))},
        {"PasswordChange",
         closed(object_of({{"current_password", typed("string")}, {"new_password", password()}},
                          {"current_password", "new_password"}))},
        {"ResetRequest", closed(object_of({{"email", email()}}, {"email"}))},
        {"PasswordReset", closed(object_of({{"token", typed("string")}, {"password", password()}},
                                           {"token", "password"}))},
        {"Tenant", tenant(false)},
        {"Session", session()},
        {"Me", me()}};
}

} // namespace throughline
