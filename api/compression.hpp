#pragma once
#include "api/http.hpp"

namespace throughline {

/// Whether Accept-Encoding (RFC 9110 section 12.5.3) would rather have gzip than the bytes as they
/// are: it names gzip, or `*`, with a weight above 0 and no less than that of `identity`.
[[nodiscard]] bool prefers_gzip(const Request& request);

/// Brings an answer into gzip (RFC 1952) where the request prefers that and it gains: its type
/// compresses, it is a stream or over 1 KiB, and no event stream. A stream is compressed piece by
/// piece as it goes out. `Vary` is set wherever the request's wish is what decides. An answer with
/// an ETag stays as it is: the tag names the record's version, and must not name two texts of it.
/// Takes about 1 ms for 100 KB.
void compress(Response& response, const Request& request);

} // namespace throughline
