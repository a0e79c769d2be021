#include "tests/support/http_client.hpp"
#include "tests/support/curl_request.hpp"
#include "tests/support/wait.hpp"

#include <algorithm>
#include <stdexcept>
#include <strings.h>

namespace throughline {

namespace {

bool same_name(std::string_view a, std::string_view b) {
    return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

bool has(const HttpHeaders& headers, std::string_view name) {
    return std::any_of(headers.begin(), headers.end(),
                       [&](const auto& header) { return same_name(header.first, name); });
}

bool is_ahead(const HttpReply& reply) {
    return reply.status == 503 &&
           reply.body.find("That position is not reached yet.") != std::string::npos;
}

} // namespace

std::optional<std::string> HttpReply::header(std::string_view name) const {
    for (const auto& [key, value] : headers)
        if (same_name(key, name)) return value;
    return std::nullopt;
}

struct HttpClient::Handle : CurlRequest {};

HttpClient::HttpClient(std::string base, HttpHeaders always)
    : base_(std::move(base)), always_(std::move(always)), handle_(std::make_unique<Handle>()) {}
HttpClient::~HttpClient() = default;
HttpClient::HttpClient(HttpClient&&) noexcept = default;

void HttpClient::set_header(const std::string& name, const std::string& value) {
    std::erase_if(always_, [&](const auto& header) { return same_name(header.first, name); });
    always_.emplace_back(name, value);
}

HttpReply HttpClient::request(const std::string& method, const std::string& path,
                              const std::optional<std::string>& body, const HttpHeaders& headers) {
    HttpHeaders all = headers;
    for (const auto& header : always_)
        if (!has(headers, header.first)) all.push_back(header);
    if (body && !has(all, "Content-Type")) all.emplace_back("Content-Type", "application/json");

    HttpReply reply;
    const auto is_answered = [&] {
        reply = ask(method, base_ + path, body, all);
        return !is_ahead(reply);
    };
    static_cast<void>(wait_until(is_answered, patience_));
    return reply;
}

HttpReply HttpClient::ask(const std::string& method, const std::string& url,
                          const std::optional<std::string>& body, const HttpHeaders& headers) {
    handle_->prepare(method, url, headers);
    curl_easy_setopt(handle_->handle, CURLOPT_TIMEOUT_MS, static_cast<long>(timeout_.count()));
    if (body) {
        curl_easy_setopt(handle_->handle, CURLOPT_POSTFIELDSIZE_LARGE,
                         static_cast<curl_off_t>(body->size()));
        curl_easy_setopt(handle_->handle, CURLOPT_POSTFIELDS, body->data());
    }
    const auto code = curl_easy_perform(handle_->handle);
    if (code != CURLE_OK)
        throw std::runtime_error(method + " " + url + ": " + curl_easy_strerror(code));
    return std::move(handle_->reply);
}

} // namespace throughline
