#include "handlers/automation/rule_faults.hpp"

#include "bus/database.hpp"
#include "handlers/automation/triggers.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace throughline {

void RuleFaults::try_with(const Uuid& rule, const std::function<void()>& step) {
    try {
        step();
    } catch (const LogUnavailable&) {
        throw;
    } catch (const std::exception& fault) {
        if (is_connection_loss(fault)) throw;
        if (count_++ == 0) first_ = fmt::format("rule {}: {}", to_string(rule), fault_text(fault));
    }
}

void RuleFaults::raise() const {
    if (count_ == 0) return;
    throw std::runtime_error(
        count_ == 1 ? first_ : fmt::format("{} (and {} other rules)", first_, count_ - 1));
}

} // namespace throughline
