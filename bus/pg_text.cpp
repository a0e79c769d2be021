#include "bus/pg_text.hpp"

#include <pqxx/pqxx>

namespace throughline {

void PgArray::separate() {
    if (text_.size() > 1) text_ += ',';
}

void PgArray::add(std::string_view value) {
    separate();
    text_ += '"';
    for (std::size_t from = 0;;) {
        const std::size_t special = value.find_first_of("\"\\", from);
        text_.append(value, from, special - from);
        if (special == std::string_view::npos) break;
        text_ += '\\';
        text_ += value[special];
        from = special + 1;
    }
    text_ += '"';
}

void PgArray::add(const Uuid& value) {
    separate();
    text_ += to_string(value);
}

void PgArray::add(std::int64_t value) {
    separate();
    text_ += std::to_string(value);
}

void PgArray::add(bool value) {
    separate();
    text_ += value ? 't' : 'f';
}

void PgArray::add_null() {
    separate();
    text_ += "NULL";
}

std::string_view text_of(const pqxx::field& field) { return {field.c_str(), field.size()}; }

Time time_of(const pqxx::field& microseconds) {
    return Time(std::chrono::microseconds(microseconds.as<std::int64_t>()));
}

} // namespace throughline
