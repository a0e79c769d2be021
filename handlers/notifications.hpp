#pragma once
#include "bus/database.hpp"
#include "domain/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace throughline {

struct Notification {
    Uuid id;
    Uuid tenant;
    Uuid user;        // the member that it is for
    std::string type; // "automation"
    std::string title;
    std::string message;
    std::optional<StreamKey> subject; // the record that it is about

    // Of one that was stored:
    std::int64_t number = 0; // grows in the order in which they came
    Time created_at{};
    std::optional<Time> read_at = {};
};

/// What members are told within the product. Thread-safe; every call blocks on the database.
class Notifications {
  public:
    Notifications(Database& app, Database& system) : app_(app), system_(system) {}

    /// One whose id is known is not stored again.
    void add(const Notification& notification);

    struct Page {
        bool unread_only = false;
        std::size_t limit = 50;
        std::optional<std::int64_t> before = {}; // a number
    };
    /// Of one member, the newest first.
    [[nodiscard]] std::vector<Notification> list(const Uuid& tenant, const Uuid& user,
                                                 const Page& page);
    /// `most` at most.
    [[nodiscard]] std::int64_t count(const Uuid& tenant, const Uuid& user, bool unread_only,
                                     std::int64_t most);
    [[nodiscard]] std::int64_t count_unread(const Uuid& tenant, const Uuid& user);
    /// Marks it as read, once. Nothing where the member has none of that id.
    [[nodiscard]] std::optional<Notification> mark_read(const Uuid& tenant, const Uuid& user,
                                                        const Uuid& id);
    void mark_all_read(const Uuid& tenant, const Uuid& user);

  private:
    Database& app_;
    Database& system_;
};

} // namespace throughline
