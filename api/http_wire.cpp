#include "api/http_wire.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace throughline {

namespace {

std::string_view reason(int status) {
    switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 415: return "Unsupported Media Type";
    case 417: return "Expectation Failed";
    case 422: return "Unprocessable Content";
    case 426: return "Upgrade Required";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 503: return "Service Unavailable";
    default: return "";
    }
}

void append_header(std::string& out, std::string_view name, std::string_view value) {
    out += name;
    out += ": ";
    const auto begin = out.size();
    out += value;
    std::replace_if(
        out.begin() + static_cast<std::ptrdiff_t>(begin), out.end(),
        [](char c) { return c == '\r' || c == '\n' || c == '\0'; }, ' ');
    out += "\r\n";
}

/// IMF-fixdate (RFC 9110 section 5.6.7): Sun, 06 Nov 1994 08:49:37 GMT.
std::string http_date(std::time_t time) {
    constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    std::tm utc{};
    ::gmtime_r(&time, &utc);
    return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT",
                       days[static_cast<std::size_t>(utc.tm_wday)], utc.tm_mday,
                       months[static_cast<std::size_t>(utc.tm_mon)], utc.tm_year + 1900,
                       utc.tm_hour, utc.tm_min, utc.tm_sec);
}

/// The same second gives the same text.
const std::string& date_text(std::time_t now) {
    thread_local std::time_t second = 0;
    thread_local std::string text;
    if (second != now || text.empty()) {
        second = now;
        text = http_date(now);
    }
    return text;
}

} // namespace

std::string head_text(const Response& response, const WireForm& form, std::time_t now) {
    std::string out;
    out.reserve(512 + (form.head_only ? 0 : response.body.size()));
    fmt::format_to(std::back_inserter(out), "HTTP/1.1 {} {}\r\n", response.status,
                   reason(response.status));
    append_header(out, "Date", date_text(now));
    if (!response.content_type.empty()) append_header(out, "Content-Type", response.content_type);
    for (const auto& [name, value] : response.headers) append_header(out, name, value);
    if (form.chunked)
        out += "Transfer-Encoding: chunked\r\n";
    else if (!response.stream && response.status != 204)
        fmt::format_to(std::back_inserter(out), "Content-Length: {}\r\n", response.body.size());
    if (!form.keeps_alive) out += "Connection: close\r\n";
    out += "\r\n";
    return out;
}

std::string chunk_text(std::string_view bytes, bool last) {
    std::string out;
    out.reserve(bytes.size() + 32);
    if (!bytes.empty()) {
        fmt::format_to(std::back_inserter(out), "{:x}\r\n", bytes.size());
        out += bytes;
        out += "\r\n";
    }
    if (last) out += "0\r\n\r\n";
    return out;
}

} // namespace throughline
