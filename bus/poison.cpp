#include "bus/poison.hpp"

#include <new>
#include <pqxx/pqxx>
#include <set>

namespace throughline {

bool is_transient(const std::exception& fault) {
    if (dynamic_cast<const std::bad_alloc*>(&fault)) return true;
    if (dynamic_cast<const TryLater*>(&fault)) return true;
    if (const auto* sql = dynamic_cast<const pqxx::sql_error*>(&fault)) {
        static const std::set<std::string> classes{"",   "08", "0A", "25", "40", "42",
                                                   "53", "55", "57", "58", "XX"};
        return classes.contains(sql->sqlstate().substr(0, 2));
    }
    return dynamic_cast<const pqxx::failure*>(&fault) != nullptr;
}

} // namespace throughline
