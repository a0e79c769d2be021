#pragma once
#include "handlers/automation/triggers.hpp"
#include "handlers/secrets/secrets.hpp"

#include <optional>
#include <string>

namespace throughline {

/// What a webhook that comes in brings.
struct HookRequest {
    HookDelivery delivery;
    std::string timestamp; // webhook-timestamp, seconds
    std::string signature; // webhook-signature
    std::string body;      // as received
    Json payload;          // the same, read
};

/// The secret addresses at which rules of the trigger `webhook` listen. A rule that is deleted
/// keeps its address, which is good again once the rule is restored. Thread-safe; blocks.
class Hooks {
  public:
    Hooks(Secrets& secrets, EventStore& store, const AutomationTriggers& triggers)
        : secrets_(secrets), store_(store), triggers_(triggers) {}

    struct Opened {
        Uuid id;
        std::string token;  // the last part of the address
        std::string secret; // for signatures, as standardwebhooks.com has them: whsec_…
    };
    /// An address for the rule; the one it had before is none any more. With `signed` what is not
    /// signed is refused. `mapping` names values of the payload: {"email": "person.mail"} makes
    /// {{email}} of them.
    [[nodiscard]] Result<Opened> open(const Uuid& tenant, const Uuid& rule, bool is_signed,
                                      JsonObject mapping) const;
    /// The same once more; nothing where the rule has another address by now.
    [[nodiscard]] std::optional<Opened> opened(const Uuid& tenant, const Uuid& rule,
                                               const Uuid& id) const;
    /// Appends the trigger event. 404 for an unknown address or a rule that does not listen, 401
    /// for a wrong signature. Deliveries with the same id are one, and those with the same key.
    [[nodiscard]] Result<Written> receive(const std::string& token, const HookRequest& request,
                                          Time now) const;

  private:
    Secrets& secrets_;
    EventStore& store_;
    const AutomationTriggers& triggers_;
};

} // namespace throughline
