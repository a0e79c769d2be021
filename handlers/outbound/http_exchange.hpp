#pragma once
#include "handlers/outbound/address_rules.hpp"
#include "handlers/outbound/curl_handle.hpp"
#include "handlers/outbound/http_message.hpp"

namespace throughline {

/// One request and its response, over a connection of its own to an address that the rules let
/// through. Follows no redirect.
class HttpExchange {
  public:
    HttpExchange(const AddressRules& rules, const HttpLimits& limits)
        : rules_(rules), limits_(limits) {}

    /// `url` is the request's, checked; `patience` what is left of the whole time. Call once.
    [[nodiscard]] HttpOutcome run(const HttpRequest& request, CURLU* url,
                                  std::chrono::milliseconds patience);

  private:
    void set_up(CURL* curl, const HttpRequest& request);
    [[nodiscard]] HttpOutcome outcome(CURLcode result, const std::string& host);

    // libcurl's callbacks; `self` is this object. Taking less than was given ends the transfer.
    static std::size_t take_header(char* data, std::size_t size, std::size_t count, void* self);
    static std::size_t take_body(char* data, std::size_t size, std::size_t count, void* self);
    static curl_socket_t open_socket(void* self, curlsocktype purpose, curl_sockaddr* address);

    const AddressRules& rules_;
    const HttpLimits& limits_;
    HttpResponse response_;
    std::size_t header_bytes_ = 0;
    std::string refused_;       // the first address that the rules keep it from, and why
    bool is_attempted_ = false; // whether there was another
};

} // namespace throughline
