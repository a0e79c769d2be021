#include "api/routes/tenant.hpp"

#include "api/routes/write_answer.hpp"
#include "domain/identity/tenant.hpp"
#include "domain/record/schema.hpp"
#include "domain/record/view.hpp"

#include <fmt/format.h>

namespace throughline {

namespace {

const Kind& kind() {
    static const Kind tenant = tenant_kind();
    return tenant;
}

Response settings_response(const Uuid& tenant, const Record& settings) {
    const auto no_names = [](std::string_view, const Uuid&) { return std::string_view(); };
    Response response = json_response(
        200, record_json(kind(), tenant, settings.version, state_text(kind(), settings), no_names));
    response.with("ETag", fmt::format("\"{}\"", settings.version));
    return response;
}

Result<Response> change(const TenantRoutes& with, const Request& request) {
    const auto claim = with.keys.claim(request);
    if (!claim) return claim.error();
    auto context = command_context(request, *claim);
    if (!context) return context.error();
    context->caller = Caller::system(); // the route asks for the permission
    const auto written = with.tenants.change(*context, *request.json);
    if (!written) return written.error();
    with.authenticator.forget_tenant(context->tenant);
    with.kinds.forget(context->tenant);
    return with_position(settings_response(context->tenant, written->record), *written);
}

} // namespace

Routes TenantRoutes::rows() const {
    Route read = {.method = "GET",
                  .path = "/tenant",
                  .summary = "What my tenant sets",
                  .tag = "identity",
                  .permission = Permission::tenant_read};
    read.answers = {{200, "The tenant's settings.", "TenantSettings"}};
    read.answers.front().has_etag = true;
    read.handler = [with = *this](const Request& request) -> Result<Response> {
        const Uuid& tenant = request.principal->tenant_id;
        return settings_response(tenant, with.tenants.settings(tenant));
    };
    Route write = {.method = "PATCH",
                   .path = "/tenant",
                   .summary = "Change what my tenant sets (JSON merge patch)",
                   .tag = "identity",
                   .permission = Permission::tenant_change};
    write.body = {BodyRule::Form::json, "TenantUpdate", {}};
    write.answers = read.answers;
    write.handler = [with = *this](const Request& request) { return change(with, request); };
    Routes routes;
    routes.push_back(std::move(read));
    routes.push_back(std::move(write));
    return routes;
}

JsonObject tenant_components() {
    return {{"TenantSettings", record_schema(kind())},
            {"TenantUpdate", write_schema(kind(), false)}};
}

} // namespace throughline
