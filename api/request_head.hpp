#pragma once
#include "api/http.hpp"

#include <optional>
#include <string_view>

namespace throughline {

struct HeadFault {
    int status = 400;
    std::string_view detail = "This is not an HTTP/1.1 request.";
};

/// Why a head that the parser took is refused all the same: what a proxy in front could read in
/// another way than we do, above all where the body ends (RFC 9112 sections 3.2, 6.1 and 6.3), or
/// whose request it is.
[[nodiscard]] std::optional<HeadFault> fault_of_head(const Request& request, bool is_http11);

/// Whether a header goes on in a further line (obs-fold, RFC 9112 section 5.2). `lines` is the head
/// as it came, or some whole headers of it.
[[nodiscard]] bool has_folded_header(std::string_view lines);

} // namespace throughline
