#include "api/outgoing.hpp"

#include "api/session/fetch.hpp"
#include "handlers/mail_folder.hpp"
#include "handlers/outbound/smtp_mailer.hpp"

#include <spdlog/spdlog.h>

namespace throughline {

namespace {

constexpr std::size_t most_jwks_bytes = 1U << 20;

} // namespace

std::unique_ptr<Mailer> mailer_of(const Config& config) {
    if (config.smtp.url.empty())
        return std::make_unique<MailFolder>(config.data_dir / "mail", config.mail_from);
    return std::make_unique<SmtpMailer>(config.smtp, config.mail_from);
}

std::unique_ptr<ProviderKeys> keys_of_provider(const Config& config) {
    if (config.jwks_url.empty()) return nullptr;
    const ExternalTokenRules& rules = config.external_tokens;
    if (rules.issuer.empty() || rules.audience.empty())
        spdlog::warn("with JWKS_URL, THROUGHLINE_JWT_ISSUER and THROUGHLINE_JWT_AUDIENCE should be "
                     "set: tokens of other applications are taken");
    return std::make_unique<ProviderKeys>(
        [url = config.jwks_url] { return fetch(url, most_jwks_bytes, std::chrono::seconds(5)); });
}

} // namespace throughline
