#pragma once
#include <curl/curl.h>

#include <memory>
#include <string>

namespace throughline {

using CurlHandle = std::unique_ptr<CURL, void (*)(CURL*)>;
using CurlUrl = std::unique_ptr<CURLU, void (*)(CURLU*)>;
using CurlLines = std::unique_ptr<curl_slist, void (*)(curl_slist*)>;

/// A handle that uses no proxy, no signals and no file of the account. Throws std::runtime_error
/// where libcurl does not start.
[[nodiscard]] CurlHandle new_curl();
[[nodiscard]] CurlUrl new_curl_url();
[[nodiscard]] CurlLines no_lines();
/// Adds one at the end.
void append_line(CurlLines& lines, const std::string& line);
/// A part of a URL, empty where it has none.
[[nodiscard]] std::string part_of(CURLU* url, CURLUPart part);

} // namespace throughline
