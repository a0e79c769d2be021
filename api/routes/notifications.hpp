#pragma once
#include "api/router.hpp"
#include "api/routes/keyed_writes.hpp"
#include "handlers/notifications.hpp"

namespace throughline {

/// `/notifications`: what the caller was told, and whether they have read it.
struct NotificationRoutes {
    Notifications& notifications;
    KeyedWrites writes;

    [[nodiscard]] Routes rows() const;
};

/// Notification, NotificationList, UnreadCount.
[[nodiscard]] JsonObject notification_components();

} // namespace throughline
