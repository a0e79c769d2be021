#pragma once
#include "domain/id.hpp"
#include "domain/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pqxx {
class field;
} // namespace pqxx

namespace throughline {

/// One-dimensional PostgreSQL array literal (manual, 8.15.6), to be sent as one parameter:
/// `unnest($1::text[])`. NUL cannot travel in it.
class PgArray {
  public:
    void add(std::string_view value);
    void add(const Uuid& value);
    void add(std::int64_t value);
    void add(int value) { add(std::int64_t{value}); }
    void add(bool value);
    void add(const char* value) { add(std::string_view(value)); }
    void add_null();
    template <class Value> void add_or_null(const std::optional<Value>& value) {
        if (value)
            add(*value);
        else
            add_null();
    }
    [[nodiscard]] std::string text() const { return text_ + '}'; }

  private:
    void separate();
    std::string text_ = "{";
};

/// The bytes of a field, good as long as its result; empty for null.
[[nodiscard]] std::string_view text_of(const pqxx::field& field);
/// From microseconds since the epoch: `(extract(epoch from t) * 1000000)::bigint`.
[[nodiscard]] Time time_of(const pqxx::field& microseconds);

} // namespace throughline
