#pragma once
#include "api/config.hpp"
#include "api/session/provider_keys.hpp"
#include "handlers/mail.hpp"

#include <memory>

namespace throughline {

/// What takes our mail: the server that the configuration names, else a folder.
[[nodiscard]] std::unique_ptr<Mailer> mailer_of(const Config& config);

/// The identity provider's keys; nullptr without JWKS_URL. Warns where its tokens are taken
/// whoever they were made for.
[[nodiscard]] std::unique_ptr<ProviderKeys> keys_of_provider(const Config& config);

} // namespace throughline
