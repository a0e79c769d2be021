#pragma once
#include "domain/id.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace throughline {

/// Turns at something that the servers of a database take one at a time: session advisory locks on
/// one connection for all of a process's turns, opened when it is first needed and ended by
/// PostgreSQL after a minute without a new one. So a turn is kept for a minute at least, and ends
/// with the process that has it; where the connection is lost, all of this process's do.
/// Thread-safe; blocks on the database.
class SharedTurns {
  public:
    explicit SharedTurns(std::string database_url);
    ~SharedTurns();
    SharedTurns(const SharedTurns&) = delete;
    SharedTurns& operator=(const SharedTurns&) = delete;

    /// Gives the turn back at its end.
    class Turn {
      public:
        Turn(SharedTurns& turns, Uuid id) : turns_(&turns), id_(id) {}
        Turn(Turn&& other) noexcept
            : turns_(std::exchange(other.turns_, nullptr)), id_(other.id_) {}
        Turn& operator=(Turn&&) = delete;
        ~Turn();

      private:
        SharedTurns* turns_;
        Uuid id_;
    };

    /// Nothing where another process has it just now; that this one takes it once at a time is the
    /// caller's to see to. Throws where the database is out of reach.
    [[nodiscard]] std::optional<Turn> take(const Uuid& id);

  private:
    struct Session;
    void give_back(const Uuid& id) noexcept;

    const std::unique_ptr<Session> session_;
};

} // namespace throughline
