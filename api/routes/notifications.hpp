#pragma once
#include "api/router.hpp"
#include "handlers/notifications.hpp"

namespace throughline {

/// `/notifications`: what the caller was told, and whether they have read it.
struct NotificationRoutes {
    Notifications& notifications;

    [[nodiscard]] Routes rows() const;
};

/// Notification, NotificationList, UnreadCount.
[[nodiscard]] JsonObject notification_components();

} // namespace throughline
