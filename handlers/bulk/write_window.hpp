#pragma once
#include "handlers/pending_write.hpp"

#include <functional>
#include <memory>
#include <unordered_map>

namespace throughline {

/// Many writes under way at once: each goes on as soon as it need not wait, in whatever order, so
/// that none holds another one up. Used by one thread.
class WriteWindow {
  public:
    /// Told of each write under the number that it was added with.
    using OnDone = std::function<void(std::size_t number, Result<Written> written)>;

    WriteWindow(std::size_t most, OnDone on_done);

    /// Blocks while `most` are under way.
    void add(std::size_t number, PendingWrite write);
    /// Blocks until none is.
    void finish() { settle_down_to(0); }

  private:
    struct Ready;
    void settle_down_to(std::size_t count);
    void await(std::size_t number, const PendingWrite& write);

    const std::size_t most_;
    const OnDone on_done_;
    const std::shared_ptr<Ready> ready_; // outlives this object where writes still call back
    std::unordered_map<std::size_t, PendingWrite> under_way_;
};

} // namespace throughline
