#include "tests/support/curl_request.hpp"

#include <stdexcept>

namespace throughline {

namespace {

std::size_t take_body(char* data, std::size_t size, std::size_t count, void* reply) {
    static_cast<HttpReply*>(reply)->body.append(data, size * count);
    return size * count;
}

std::size_t take_header(char* data, std::size_t size, std::size_t count, void* target) {
    auto& reply = *static_cast<HttpReply*>(target);
    std::string_view line(data, size * count);
    while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
    if (line.starts_with("HTTP/")) {
        // After 100 Continue comes another one.
        reply.headers.clear();
        reply.status = std::stoi(std::string(line.substr(line.find(' ') + 1)));
    } else if (const auto colon = line.find(':'); colon != std::string_view::npos) {
        auto value = line.substr(colon + 1);
        while (value.starts_with(' ')) value.remove_prefix(1);
        reply.headers.emplace_back(line.substr(0, colon), value);
    }
    return size * count;
}

} // namespace

CurlRequest::CurlRequest() : handle(curl_easy_init()) {
    if (handle == nullptr) throw std::runtime_error("libcurl does not start");
}

CurlRequest::~CurlRequest() {
    curl_easy_cleanup(handle);
    curl_slist_free_all(lines_);
}

void CurlRequest::prepare(const std::string& method, const std::string& url,
                          const HttpHeaders& headers) {
    reply = {};
    curl_easy_reset(handle);
    curl_slist_free_all(lines_);
    // libcurl adds this one by itself and then waits for the answer.
    lines_ = curl_slist_append(nullptr, "Expect:");
    for (const auto& [name, value] : headers) {
        const auto line = value.empty() ? name + ";" : name + ": " + value;
        lines_ = curl_slist_append(lines_, line.c_str());
    }
    curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
    curl_easy_setopt(handle, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, method.c_str());
    curl_easy_setopt(handle, CURLOPT_NOBODY, method == "HEAD" ? 1L : 0L);
    curl_easy_setopt(handle, CURLOPT_HTTPHEADER, lines_);
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_PROXY, "");
    curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, 0L); // a test's certificates are its own
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, &reply);
    curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(handle, CURLOPT_HEADERDATA, &reply);
}

} // namespace throughline
