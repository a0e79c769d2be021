#pragma once
#include "domain/id.hpp"

#include <map>
#include <mutex>
#include <string>

namespace throughline {

/// Names for statements that are worth being prepared once a connection. Bounded: callers choose
/// what is in a list's statement, and every connection keeps what was prepared. Thread-safe.
class PreparedNames {
  public:
    /// Empty once there are as many as are kept.
    [[nodiscard]] std::string name_of(const std::string& sql) {
        const std::lock_guard lock(mutex_);
        if (const auto found = names_.find(sql); found != names_.end()) return found->second;
        if (names_.size() == most) return {};
        return names_.emplace(sql, to_string(derived_uuid({}, sql))).first->second;
    }

  private:
    static constexpr std::size_t most = 256;
    std::mutex mutex_;
    std::map<std::string, std::string> names_;
};

} // namespace throughline
