#include "bus/ids.hpp"
#include "handlers/automation/actions/outbound.hpp"
#include "handlers/automation/actions/outcomes.hpp"
#include "handlers/webhook_signature.hpp"

#include <sodium.h>

#include <array>
#include <stdexcept>

namespace throughline {

namespace {

constexpr std::string_view secret_prefix = "whsec_";
constexpr std::size_t key_bytes = 32;

std::string key_of(std::string_view secret) {
    const std::string_view text = secret.substr(secret_prefix.size());
    std::string key(text.size(), '\0');
    std::size_t size = 0;
    if (sodium_base642bin(reinterpret_cast<unsigned char*>(key.data()), key.size(), text.data(),
                          text.size(), nullptr, &size, nullptr,
                          sodium_base64_VARIANT_ORIGINAL) != 0)
        throw std::runtime_error("the secret of webhooks is kept in another form");
    key.resize(size);
    return key;
}

HttpRequest webhook(const Effect& effect, std::string url, const std::string& secret) {
    const Json* const payload = effect.parameters.find("payload");
    const bool is_event = payload == nullptr || payload->is_null();
    HttpRequest request{"POST", std::move(url), {}, {}};
    request.body = is_event ? to_cloudevent(effect.run.event) : to_text(*payload);
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now().time_since_epoch());
    const std::string at = std::to_string(seconds.count());
    const std::string id = to_string(effect.id);
    request.headers = {
        {"Content-Type", is_event ? "application/cloudevents+json" : "application/json"},
        {"webhook-id", id},
        {"webhook-timestamp", at},
        {"webhook-signature", webhook_signature(key_of(secret), id, at, request.body)}};
    return request;
}

} // namespace

std::string webhook_secret(Secrets& secrets, const Uuid& tenant) {
    std::array<unsigned char, key_bytes> key{};
    randombytes_buf(key.data(), key.size());
    std::array<char, sodium_base64_ENCODED_LEN(key_bytes, sodium_base64_VARIANT_ORIGINAL)> text{};
    sodium_bin2base64(text.data(), text.size(), key.data(), key.size(),
                      sodium_base64_VARIANT_ORIGINAL);
    return secrets.get_or_keep(tenant, "webhook/outgoing",
                               std::string(secret_prefix) + text.data());
}

Perform webhook_publish_action(const Outbound& with) {
    return [with](const Effect& effect) -> EffectResult {
        auto url = text_parameter(effect, "url");
        if (!url) return failed("webhook_id", "There is no register of webhooks yet: give a url.");
        const std::string secret = webhook_secret(with.secrets, effect.run.tenant);
        return with.send(effect, webhook(effect, std::move(*url), secret));
    };
}

} // namespace throughline
