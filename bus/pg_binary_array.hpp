#pragma once
#include "domain/id.hpp"
#include "domain/time.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace pqxx {
class binarystring;
} // namespace pqxx

namespace throughline {

/// A type's object id, fixed in every PostgreSQL (pg_type.dat).
enum class PgType : std::uint32_t {
    boolean = 16,
    int8 = 20,
    int4 = 23,
    text = 25,
    json = 114,
    timestamptz = 1184,
    uuid = 2950,
};

/// One-dimensional PostgreSQL array in the form of `array_send`, to be sent as one parameter of a
/// prepared statement that expects that array type. The database reads it several times faster
/// than an array literal. NUL cannot travel in text.
///
/// Network byte order: dimensions, whether there are nulls, element type; length and lower bound;
/// then each element's length and bytes. An empty array has no dimension.
class PgBinaryArray {
  public:
    explicit PgBinaryArray(PgType type);
    void add(std::string_view value); // text, json
    void add(const char* value) { add(std::string_view(value)); }
    void add(const Uuid& value);
    void add(std::int64_t value); // int8, and int4 where it fits
    void add(int value) { add(std::int64_t{value}); }
    void add(bool value);
    void add(Time value);
    void add_null();
    /// As SQL names it: `uuid[]`.
    [[nodiscard]] std::string sql_type() const;
    [[nodiscard]] pqxx::binarystring binary() const;

  private:
    void add_bytes(const void* bytes, std::size_t size);

    PgType type_;
    std::uint32_t size_ = 0; // elements
    bool has_null_ = false;
    std::string elements_;
};

} // namespace throughline
