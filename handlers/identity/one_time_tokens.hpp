#pragma once
#include "bus/database.hpp"
#include "domain/id.hpp"
#include "domain/time.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace throughline {

/// Links that open one thing once: who holds the token may. Only its SHA-256 is kept. Thread-safe;
/// every call blocks on the database.
class OneTimeTokens {
  public:
    enum class Purpose { invitation, password_reset };
    struct Subject {
        Uuid tenant; // nil for a password reset
        Uuid id;     // of the invitation, or of the user
    };

    explicit OneTimeTokens(Database& system) : system_(system) {}

    [[nodiscard]] std::string issue(Purpose purpose, const Subject& subject, Time expires);
    /// What the token is for; nothing where it is unknown, spent or expired.
    [[nodiscard]] std::optional<Subject> find(Purpose purpose, const std::string& token, Time at);
    /// The same, and the token is spent: of two at once one gets it. All others of its subject are
    /// void from then on.
    [[nodiscard]] std::optional<Subject> spend(Purpose purpose, const std::string& token, Time at);
    /// Voids one that went to nobody.
    void withdraw(Purpose purpose, const std::string& token);
    /// Voids all of a subject.
    void forget(Purpose purpose, const Uuid& subject);
    /// How many of a subject are good.
    [[nodiscard]] std::int64_t count(Purpose purpose, const Uuid& subject, Time at);
    void sweep();

  private:
    Database& system_;
};

} // namespace throughline
