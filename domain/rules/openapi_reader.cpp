#include "domain/rules/openapi_reader.hpp"

#include "domain/record/value.hpp"

#include <algorithm>
#include <charconv>

namespace throughline::rules {

namespace {

constexpr int max_references = 8; // one behind the other
constexpr std::size_t max_url = 2000;

/// A token of a pointer in a fragment: ~1 is a slash, ~0 a tilde, %XX a byte (RFC 6901 section 6).
std::string unescaped(std::string_view token) {
    std::string out;
    for (std::size_t i = 0; i < token.size(); ++i) {
        const std::string_view rest = token.substr(i);
        unsigned byte = 0;
        if (rest.starts_with("~0") || rest.starts_with("~1")) {
            out += rest[1] == '0' ? '~' : '/';
            i += 1;
        } else if (rest.size() > 2 && rest[0] == '%' &&
                   std::from_chars(&rest[1], &rest[1] + 2, byte, 16).ptr == &rest[1] + 2) {
            out += static_cast<char>(byte);
            i += 2;
        } else
            out += rest[0];
    }
    return out;
}

/// scheme://authority of a URL of http or https; empty where it is none.
std::string_view origin_of(std::string_view url) {
    const auto slashes = url.find("://");
    if (!url.starts_with("http://") && !url.starts_with("https://")) return {};
    return url.substr(0, url.find_first_of("/?#", slashes + 3));
}

/// RFC 3986 section 5.2, but for dots, which whoever fetches takes out.
std::string absolute(std::string_view url, std::string_view base) {
    if (!origin_of(url).empty()) return std::string(url);
    const std::string_view origin = origin_of(base);
    if (origin.empty() || url.find(':') < url.find('/')) return {};
    if (url.starts_with("//")) return std::string(base.substr(0, base.find(':') + 1)).append(url);
    if (url.starts_with("/")) return std::string(origin).append(url);
    const std::string_view path = base.substr(0, base.find_first_of("?#"));
    const auto last = path.rfind('/');
    const std::string folder(last < origin.size() ? origin : path.substr(0, last));
    return folder + "/" + std::string(url);
}

/// The URL with each {variable} by its default.
std::string with_defaults(const Place& server) {
    std::string out;
    const std::string url = server.text("url");
    for (std::size_t at = 0; at < url.size() && out.size() <= max_url;) {
        const auto open = std::min(url.find('{', at), url.size());
        const auto close = url.find('}', open);
        out += url.substr(at, open - at);
        if (close == std::string::npos) return out + url.substr(open);
        out += server.at("variables").at(url.substr(open + 1, close - open - 1)).text("default");
        at = close + 1;
    }
    return out;
}

} // namespace

Place Place::at(std::string_view name) const {
    Place out{value == nullptr ? nullptr : value->find(name), pointer + "/"};
    append_pointer_token(out.pointer, name);
    return out;
}

Place Place::at(std::size_t index) const {
    const JsonArray* const items = value == nullptr ? nullptr : value->array();
    return {items != nullptr && index < items->size() ? &(*items)[index] : nullptr,
            pointer + "/" + std::to_string(index)};
}

std::string Place::text(std::string_view name) const {
    return value == nullptr ? "" : value->text(name);
}

bool Place::is_true(std::string_view name) const {
    const Json* const member = value == nullptr ? nullptr : value->find(name);
    return member != nullptr && *member == Json(true);
}

void OpenApiFaults::add(const std::string& pointer, std::string code, std::string detail) {
    const bool is_known = std::ranges::find(faults_, pointer, &FieldError::where) != faults_.end();
    if (!is_known) add_fault(faults_, pointer, std::move(code), std::move(detail));
}

Place OpenApiFaults::target(const std::string& reference) const {
    Place at = root_;
    for (std::size_t begin = 2; begin <= reference.size();) {
        const auto end = std::min(reference.find('/', begin), reference.size());
        const std::string token = unescaped(reference.substr(begin, end - begin));
        std::size_t index = 0;
        const auto [last, error] =
            std::from_chars(token.data(), token.data() + token.size(), index);
        const bool is_index = error == std::errc{} && last == token.data() + token.size();
        const bool in_list = at.value != nullptr && at.value->array() != nullptr;
        at = in_list && is_index ? at.at(index) : at.at(token);
        begin = end + 1;
    }
    return at;
}

Place OpenApiFaults::resolved(Place place) {
    for (int steps = 0; place.value != nullptr; ++steps) {
        const Json* const reference = place.value->find("$ref");
        if (reference == nullptr) return place;
        const std::string written = place.value->text("$ref");
        const Place next = written.starts_with("#/") ? target(written) : Place{};
        if (next.value == nullptr || steps == max_references) {
            add(place.pointer + "/$ref", "invalid_format",
                "A reference leads to something in the document, in at most 8 steps.");
            return {nullptr, place.pointer};
        }
        place = next;
    }
    return place;
}

std::string server_of(const std::vector<Place>& innermost_first, std::string_view fetched_from,
                      OpenApiFaults& faults) {
    Place server;
    for (const Place& level : innermost_first) {
        server = level.at("servers").at(std::size_t{0});
        if (server.value != nullptr) break;
    }
    const std::string written = server.value == nullptr ? "/" : with_defaults(server);
    std::string url = absolute(written, fetched_from);
    const bool has_host = origin_of(url).size() > std::string_view("https://").size();
    if (!has_host || url.size() > max_url || url.find_first_of("?#{} ") != std::string::npos) {
        faults.add(server.pointer + (server.value == nullptr ? "" : "/url"), "invalid_format",
                   "The API's server is an http or https URL of at most 2000 bytes, without a "
                   "query; one that is relative goes with a document that came from a URL.");
        return {};
    }
    while (url.ends_with('/')) url.pop_back();
    return url;
}

} // namespace throughline::rules
