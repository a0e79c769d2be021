#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace throughline {

/// W3C Trace Context level 1, section 3.2: version, trace id, parent id and flags, lower case hex.
/// What a later version says more is left out, and 00 named as the version. Nothing where it is
/// not valid.
[[nodiscard]] std::optional<std::string> read_traceparent(std::string_view text);
/// A sampled trace that begins here. The ids are random, not secret.
[[nodiscard]] std::string new_traceparent();
/// The 32 digits of the trace id; empty where the traceparent is not valid.
[[nodiscard]] std::string_view trace_id_of(std::string_view traceparent);

} // namespace throughline
