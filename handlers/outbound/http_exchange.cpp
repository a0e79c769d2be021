#include "handlers/outbound/http_exchange.hpp"

#include "domain/text.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <sys/socket.h>

namespace throughline {

namespace {

using Kind = HttpFault::Kind;

/// libcurl's own form: a colon and nothing behind it would take the header out.
std::string line_of(const std::string& name, const std::string& value) {
    return value.empty() ? name + ";" : name + ": " + value;
}

CurlLines header_lines(const HttpFields& headers) {
    CurlLines lines = no_lines();
    for (const auto& [name, value] : headers) append_line(lines, line_of(name, value));
    append_line(lines, "Expect:"); // else large bodies wait for a 100
    if (find_field(headers, "Content-Type") == nullptr) append_line(lines, "Content-Type:");
    return lines;
}

/// Whether the certificate is what is wrong, so that trying again helps nobody.
bool is_of_trust(CURLcode result) {
    return result == CURLE_PEER_FAILED_VERIFICATION || result == CURLE_SSL_CACERT_BADFILE ||
           result == CURLE_SSL_ISSUER_ERROR || result == CURLE_SSL_INVALIDCERTSTATUS;
}

} // namespace

std::size_t HttpExchange::take_header(char* data, std::size_t size, std::size_t count, void* self) {
    auto& exchange = *static_cast<HttpExchange*>(self);
    HttpResponse& response = exchange.response_;
    const std::size_t bytes = size * count;
    exchange.header_bytes_ += bytes;
    if (exchange.header_bytes_ > exchange.limits_.headers) return 0;
    const std::string_view line(data, bytes);
    const auto colon = line.find(':');
    if (line.starts_with("HTTP/")) // of an interim response, or of the one that counts
        response.headers.clear();
    else if (colon != std::string_view::npos)
        response.headers.emplace_back(ascii_lower(line.substr(0, colon)),
                                      trimmed(line.substr(colon + 1)));
    return bytes;
}

std::size_t HttpExchange::take_body(char* data, std::size_t size, std::size_t count, void* self) {
    auto& exchange = *static_cast<HttpExchange*>(self);
    HttpResponse& response = exchange.response_;
    const std::size_t room = exchange.limits_.body - response.body.size();
    response.body.append(data, std::min(room, size * count));
    response.is_cut = size * count > room;
    return response.is_cut ? 0 : size * count;
}

curl_socket_t HttpExchange::open_socket(void* self, curlsocktype, curl_sockaddr* address) {
    auto& exchange = *static_cast<HttpExchange*>(self);
    const auto known = address_of(address->addr);
    const auto rule = known ? exchange.rules_.refusal(*known) : "no IP address";
    if (rule) {
        if (exchange.refused_.empty())
            exchange.refused_ = fmt::format("{} ({})", known ? to_string(*known) : "?", *rule);
        return CURL_SOCKET_BAD;
    }
    exchange.is_attempted_ = true;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

void HttpExchange::set_up(CURL* curl, const HttpRequest& request) {
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "throughline");
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(limits_.connect.count()));
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, this);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, this);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, this);
    const bool demands_body =
        request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
    if (demands_body || !request.body.empty()) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
                         static_cast<curl_off_t>(request.body.size()));
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.c_str());
    }
    if (request.method == "HEAD") curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

HttpOutcome HttpExchange::run(const HttpRequest& request, CURLU* url,
                              std::chrono::milliseconds patience) {
    const CurlHandle curl = new_curl();
    const CurlLines lines = header_lines(request.headers);
    set_up(curl.get(), request);
    curl_easy_setopt(curl.get(), CURLOPT_CURLU, url);
    curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, lines.get());
    curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(patience.count()));
    const CURLcode result = curl_easy_perform(curl.get());
    long status = 0;
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
    response_.status = static_cast<int>(status);
    response_.url = part_of(url, CURLUPART_URL);
    return outcome(result, part_of(url, CURLUPART_HOST));
}

HttpOutcome HttpExchange::outcome(CURLcode result, const std::string& host) {
    if (result == CURLE_OK || (result == CURLE_WRITE_ERROR && response_.is_cut))
        return std::move(response_);
    const bool is_refused = !refused_.empty() && !is_attempted_;
    if (is_refused)
        return HttpFault{Kind::refused, fmt::format("{} is at {}", host, refused_), false};
    if (result == CURLE_COULDNT_RESOLVE_HOST)
        return HttpFault{Kind::unresolved, fmt::format("{} has no address", host), true};
    if (result == CURLE_OPERATION_TIMEDOUT)
        return HttpFault{Kind::timed_out, fmt::format("{} did not answer in time", host), true};
    if (result == CURLE_WRITE_ERROR)
        return HttpFault{Kind::failed, fmt::format("the headers of {} are too long", host), false};
    return HttpFault{Kind::failed, fmt::format("{}: {}", host, curl_easy_strerror(result)),
                     !is_of_trust(result)};
}

} // namespace throughline
