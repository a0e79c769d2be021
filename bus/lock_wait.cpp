#include "bus/lock_wait.hpp"

#include <pqxx/pqxx>

#include <chrono>
#include <thread>

namespace throughline {

void wait_for_locks(const std::function<void()>& attempt, const std::function<void()>& tell) {
    for (bool is_told = false;; is_told = true) {
        try {
            return attempt();
        } catch (const pqxx::sql_error& fault) {
            if (fault.sqlstate() != "55P03") throw; // lock_not_available
        }
        if (!is_told) tell();
        std::this_thread::sleep_for(std::chrono::seconds(1));
    }
}

} // namespace throughline
