#pragma once
#include "bus/event_store.hpp"
#include "handlers/automation/effect.hpp"
#include "handlers/mail.hpp"
#include "handlers/notifications.hpp"

namespace throughline {

/// {recipient, message, title?}: a member, by id or address, is notified within the product; any
/// other address gets a mail. Without a title it is the rule's name. Output: {"id", "recipient",
/// "via": "in_app" or "email"}.
struct NotificationSend {
    EventStore& store;
    Notifications& notifications;
    Mailer& mailer;

    [[nodiscard]] EffectResult operator()(const Effect& effect) const;
};

} // namespace throughline
