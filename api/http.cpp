#include "api/http.hpp"

#include <algorithm>
#include <stdexcept>

namespace throughline {

namespace {

template <class Pairs> auto find_named(const Pairs& pairs, std::string_view name) {
    return std::ranges::find(pairs, name,
                             [](const auto& pair) -> std::string_view { return pair.first; });
}

} // namespace

std::string_view Request::header(std::string_view name) const {
    const auto found = find_named(headers, name);
    return found == headers.end() ? std::string_view{} : std::string_view(found->second);
}

std::optional<std::string_view> Request::parameter(std::string_view name) const {
    const auto found = find_named(query, name);
    return found == query.end() ? std::nullopt : std::optional<std::string_view>(found->second);
}

const std::string& Request::path_parameter(std::string_view name) const {
    const auto found = find_named(path_parameters, name);
    if (found == path_parameters.end())
        throw std::logic_error("the route has no path parameter " + std::string(name));
    return found->second;
}

Uuid Request::path_id(std::string_view name) const { return uuid_of(path_parameter(name)); }

Response json_response(int status, std::string body) {
    Response response;
    response.status = status;
    response.body = std::move(body);
    return response;
}

Response no_content() {
    Response response;
    response.status = 204;
    response.content_type.clear();
    return response;
}

} // namespace throughline
