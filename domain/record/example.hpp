#pragma once
#include "domain/record/kind.hpp"

namespace throughline {

/// Values for documentation: what a reader sees of records before there are any.
inline constexpr const char* example_id = "0198c5a2-7b1e-7c3d-9a4f-2b6d8e0f1a3c";
inline constexpr const char* example_user = "0198c5a2-6d02-7e11-8f21-5c0a9b3d7e42";
inline constexpr const char* example_user_name = "Olive Owner";
inline constexpr const char* example_time = "2026-03-02T09:00:00.000000Z";

/// One for a field; null for references to other records than users.
[[nodiscard]] Json example_value(const Field& field);

/// A record as it is read, of version 1.
[[nodiscard]] JsonObject example_record(const Kind& kind);

} // namespace throughline
