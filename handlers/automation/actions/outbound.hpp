#pragma once
#include "bus/event_store.hpp"
#include "handlers/automation/effect.hpp"
#include "handlers/identity/tenants.hpp"
#include "handlers/mail.hpp"
#include "handlers/openapi_documents.hpp"
#include "handlers/outbound/guarded_http.hpp"
#include "handlers/secrets/secrets.hpp"

namespace throughline {

/// What actions that leave the machine go by. All of it outlives them.
struct Outbound {
    const GuardedHttp& http;
    const Tenants& tenants; // whose lists of hosts it is
    const OpenApiDocuments& documents;
    Secrets& secrets;
    Mailer& mailer;

    /// To hosts that the tenant of the run allows.
    [[nodiscard]] EffectResult send(const Effect& effect, HttpRequest request) const;
};

/// {method, url, headers?, body?}: a body that is no text goes as JSON.
[[nodiscard]] Perform http_request_action(const Outbound& with);
/// {document, operation_id, parameters?, body?}: `document` is an id or a name.
[[nodiscard]] Perform http_openapi_action(const Outbound& with);
/// {url, payload?}: signed as standardwebhooks.com has it, webhook-id being the effect's id. The
/// payload is the event that triggered the rule unless it says otherwise.
[[nodiscard]] Perform webhook_publish_action(const Outbound& with);
/// {to_email, subject, body?, html?, cc?}: the effect's id makes its Message-ID.
[[nodiscard]] Perform email_send_action(const Outbound& with);

/// Adds all of these.
void add_outbound_actions(Actions& actions, const Outbound& with);

/// What signs a tenant's webhooks, made when it is first wanted: whsec_ and base64.
[[nodiscard]] std::string webhook_secret(Secrets& secrets, const Uuid& tenant);

} // namespace throughline
