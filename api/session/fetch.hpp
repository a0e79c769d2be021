#pragma once
#include <chrono>
#include <cstddef>
#include <string>

namespace throughline {

/// The body of an http or https URL that an operator has configured. Follows no redirect, checks
/// the server's certificate, and blocks `patience` at most. Throws std::runtime_error where the
/// answer is not 200 or has more than `most` bytes.
[[nodiscard]] std::string fetch(const std::string& url, std::size_t most,
                                std::chrono::milliseconds patience);

} // namespace throughline
