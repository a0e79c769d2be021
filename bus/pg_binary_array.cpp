#include "bus/pg_binary_array.hpp"

#include <pqxx/binarystring>

#include <bit>
#include <limits>
#include <stdexcept>

namespace throughline {

namespace {

/// 2000-01-01, from which PostgreSQL counts microseconds.
constexpr Time epoch{std::chrono::sys_days{std::chrono::January / 1 / 2000}};

template <class Number> Number big_endian(Number value) {
    static_assert(std::endian::native == std::endian::little);
    if constexpr (sizeof(Number) == 8)
        return static_cast<Number>(__builtin_bswap64(static_cast<std::uint64_t>(value)));
    else
        return static_cast<Number>(__builtin_bswap32(static_cast<std::uint32_t>(value)));
}

const char* sql_name(PgType type) {
    switch (type) {
    case PgType::boolean: return "boolean";
    case PgType::int8: return "bigint";
    case PgType::int4: return "int";
    case PgType::text: return "text";
    case PgType::json: return "json";
    case PgType::timestamptz: return "timestamptz";
    case PgType::uuid: return "uuid";
    }
    throw std::logic_error("a type without a name");
}

void append_number(std::string& to, std::uint32_t value) {
    const std::uint32_t sent = big_endian(value);
    to.append(reinterpret_cast<const char*>(&sent), sizeof(sent));
}

} // namespace

PgBinaryArray::PgBinaryArray(PgType type) : type_(type) {}

void PgBinaryArray::add_bytes(const void* bytes, std::size_t size) {
    append_number(elements_, static_cast<std::uint32_t>(size));
    elements_.append(static_cast<const char*>(bytes), size);
    ++size_;
}

void PgBinaryArray::add(std::string_view value) { add_bytes(value.data(), value.size()); }

void PgBinaryArray::add(const Uuid& value) { add_bytes(value.bytes.data(), value.bytes.size()); }

void PgBinaryArray::add(std::int64_t value) {
    if (type_ == PgType::int4) {
        if (value < std::numeric_limits<std::int32_t>::min() ||
            value > std::numeric_limits<std::int32_t>::max())
            throw std::out_of_range("a number is too large for its column");
        const auto sent = big_endian(static_cast<std::int32_t>(value));
        add_bytes(&sent, sizeof(sent));
    } else {
        const auto sent = big_endian(value);
        add_bytes(&sent, sizeof(sent));
    }
}

void PgBinaryArray::add(bool value) {
    const char sent = value ? 1 : 0;
    add_bytes(&sent, 1);
}

void PgBinaryArray::add(Time value) { add((value - epoch).count()); }

void PgBinaryArray::add_null() {
    append_number(elements_, ~std::uint32_t{0}); // a length of -1
    ++size_;
    has_null_ = true;
}

std::string PgBinaryArray::sql_type() const { return std::string(sql_name(type_)) + "[]"; }

pqxx::binarystring PgBinaryArray::binary() const {
    std::string whole;
    whole.reserve(20 + elements_.size());
    append_number(whole, size_ == 0 ? 0 : 1);
    append_number(whole, has_null_ ? 1 : 0);
    append_number(whole, static_cast<std::uint32_t>(type_));
    if (size_ > 0) {
        append_number(whole, size_);
        append_number(whole, 1);
    }
    whole += elements_;
    return pqxx::binarystring(whole.data(), whole.size());
}

} // namespace throughline
