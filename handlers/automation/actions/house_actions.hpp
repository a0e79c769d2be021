#pragma once
#include "handlers/assist/ai_provider.hpp"
#include "handlers/automation/analytics.hpp"
#include "handlers/automation/effect.hpp"
#include "handlers/automation/queues.hpp"
#include "handlers/commands.hpp"
#include "handlers/mail.hpp"
#include "handlers/notifications.hpp"

namespace throughline {

/// What the actions that stay in the house are made of; it outlives them.
struct House {
    EventStore& store;
    const RecordCommands& commands;
    const Registry& registry;
    Notifications& notifications;
    Mailer& mailer;
    Queues& queues;
    Analytics& analytics;
    AiProvider& ai;
};

/// All actions that send nothing to others' servers, but mails: of records, notifications,
/// messages, queues, analytics, texts and delays.
[[nodiscard]] Actions house_actions(const House& house);

} // namespace throughline
