#include "handlers/outbound/curl_handle.hpp"

#include <stdexcept>

namespace throughline {

CurlHandle new_curl() {
    static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
    CurlHandle curl(curl_easy_init(), curl_easy_cleanup);
    if (started != CURLE_OK || !curl) throw std::runtime_error("libcurl does not start");
    curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl.get(), CURLOPT_PROXY, "");
    curl_easy_setopt(curl.get(), CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl.get(), CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    return curl;
}

CurlUrl new_curl_url() {
    CurlUrl url(curl_url(), curl_url_cleanup);
    if (!url) throw std::bad_alloc();
    return url;
}

CurlLines no_lines() { return {nullptr, curl_slist_free_all}; }

void append_line(CurlLines& lines, const std::string& line) {
    curl_slist* const longer = curl_slist_append(lines.get(), line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    static_cast<void>(lines.release());
    lines.reset(longer);
}

std::string part_of(CURLU* url, CURLUPart part) {
    char* text = nullptr;
    if (curl_url_get(url, part, &text, 0) != CURLUE_OK) return {};
    const std::unique_ptr<char, void (*)(void*)> owned(text, curl_free);
    return text;
}

} // namespace throughline
