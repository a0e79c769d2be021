#pragma once
#include "api/http.hpp"

#include <ctime>
#include <optional>
#include <string>

namespace throughline {

/// How an answer goes out on its connection.
struct WireForm {
    bool keeps_alive = true;
    bool head_only = false; // the request was HEAD
    bool chunked = false;   // of a stream, HTTP/1.1 alone
};

/// The status line and headers (RFC 9112), up to and with the blank line. Content-Length is that of
/// `response.body` unless there is a stream. Line breaks within header values become spaces.
[[nodiscard]] std::string head_text(const Response& response, const WireForm& form,
                                    std::time_t now);

/// One chunk of chunked coding; `last` adds the end of the body.
[[nodiscard]] std::string chunk_text(std::string_view bytes, bool last);

} // namespace throughline
