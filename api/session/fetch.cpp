#include "api/session/fetch.hpp"

#include <curl/curl.h>

#include <memory>
#include <stdexcept>

namespace throughline {

namespace {

struct Body {
    std::string text;
    std::size_t most;
};

/// libcurl's write callback: taking less than was given ends the transfer.
std::size_t take(char* data, std::size_t size, std::size_t count, void* target) {
    auto& body = *static_cast<Body*>(target);
    if (body.text.size() + size * count > body.most) return 0;
    body.text.append(data, size * count);
    return size * count;
}

} // namespace

std::string fetch(const std::string& url, std::size_t most, std::chrono::milliseconds patience) {
    static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
    const std::unique_ptr<CURL, void (*)(CURL*)> curl(curl_easy_init(), curl_easy_cleanup);
    if (started != CURLE_OK || !curl) throw std::runtime_error("libcurl does not start");
    Body body{{}, most};
    curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(patience.count()));
    curl_easy_setopt(curl.get(), CURLOPT_USERAGENT, "throughline");
    curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &body);
    const CURLcode result = curl_easy_perform(curl.get());
    if (result == CURLE_WRITE_ERROR) throw std::runtime_error("the answer is too long");
    if (result != CURLE_OK) throw std::runtime_error(curl_easy_strerror(result));
    long status = 0;
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
    if (status != 200) throw std::runtime_error("the answer is " + std::to_string(status));
    return std::move(body.text);
}

} // namespace throughline
