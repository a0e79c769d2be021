#include "api/upgrade.hpp"

#include "api/header_list.hpp"
#include "api/problem.hpp"

#include <algorithm>

namespace throughline {

namespace {

/// Base64 of 16 bytes.
bool is_key(std::string_view text) {
    return text.size() == 24 && text.ends_with("==") &&
           std::ranges::all_of(text.substr(0, 22), [](char c) {
               return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                      c == '+' || c == '/';
           });
}

bool lists(const Request& request, std::string_view header, std::string_view token) {
    return std::ranges::count(header_list(request, header), token) > 0;
}

} // namespace

std::optional<Response> fault_of_upgrade(const Request& request) {
    const bool asks = request.method == "GET" && lists(request, "connection", "upgrade") &&
                      lists(request, "upgrade", "websocket");
    if (!asks || header_list(request, "sec-websocket-version") != std::vector<std::string>{"13"}) {
        Response response =
            problem_response(426, "This path takes WebSocket upgrades of version 13.", request);
        response.with("Upgrade", "websocket").with("Connection", "Upgrade");
        response.with("Sec-WebSocket-Version", "13");
        return response;
    }
    if (is_key(request.header("sec-websocket-key"))) return std::nullopt;
    return problem_response(400, "Sec-WebSocket-Key takes 16 bytes in base64.", request);
}

/// An empty Authorization is a wrong token, not none.
bool brings_token(const Request& request) {
    const auto is_authorization = [](const auto& header) {
        return header.first == "authorization";
    };
    return std::ranges::any_of(request.headers, is_authorization) ||
           request.parameter("ticket").has_value();
}

Response websocket_response(std::unique_ptr<BodyStream> stream) {
    Response response;
    response.status = 101;
    response.stream = std::move(stream);
    return response;
}

std::uint16_t close_code(int status) {
    switch (status) {
    case 200: return 1000;
    case 401: return 4401;
    case 403: return 4403;
    case 422: return 1008; // what was asked for is never answered
    case 429: return 1013; // try again later
    default: return 1001;
    }
}

} // namespace throughline
