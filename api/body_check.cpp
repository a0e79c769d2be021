#include "api/body_check.hpp"

#include "api/header_list.hpp"
#include "domain/text.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace throughline {

namespace {

struct MediaType {
    std::string name;    // lower case, without parameters
    std::string charset; // lower case
};

MediaType read_media_type(std::string_view header) {
    const auto semicolon = header.find(';');
    MediaType type{ascii_lower(without_blanks(header.substr(0, semicolon))), {}};
    while (!header.empty()) {
        const auto part = header.substr(0, header.find(';'));
        header.remove_prefix(std::min(header.size(), part.size() + 1));
        const std::string parameter = ascii_lower(without_blanks(part));
        if (parameter.starts_with("charset=")) {
            type.charset = parameter.substr(8);
            std::erase(type.charset, '"');
        }
    }
    return type;
}

constexpr const char* json_type = "application/json";
constexpr const char* merge_patch_type = "application/merge-patch+json";

bool is_taken(const BodyRule& rule, const MediaType& type) {
    const bool is_listed = std::ranges::count(rule.media_types, type.name) > 0;
    if (rule.form == BodyRule::Form::upload) return is_listed;
    const bool is_json = is_listed || type.name == json_type || type.name == merge_patch_type;
    return is_json && (type.charset.empty() || type.charset == "utf-8" || type.charset == "utf8");
}

} // namespace

std::optional<Rejection> check_media_type(const Route& route, const Request& request,
                                          bool has_body) {
    if (route.body.form == BodyRule::Form::none || !has_body) return std::nullopt;
    const auto is_coded = [](const std::string& coding) { return coding != "identity"; };
    if (std::ranges::any_of(header_list(request, "content-encoding"), is_coded))
        return Rejection{Refusal::unsupported, "A body is taken without Content-Encoding only."};
    if (is_taken(route.body, read_media_type(request.header("content-type")))) return std::nullopt;
    std::vector<std::string> taken = route.body.media_types;
    const bool is_upload = route.body.form == BodyRule::Form::upload;
    if (!is_upload) {
        if (route.method == "PATCH" || route.method == "PUT")
            taken.insert(taken.begin(), merge_patch_type);
        taken.insert(taken.begin(), json_type);
    }
    return Rejection{Refusal::unsupported, fmt::format("Takes {}{}.", fmt::join(taken, ", "),
                                                       is_upload ? "" : " in UTF-8")};
}

std::optional<Rejection> read_json_body(const Route& route, Request& request) {
    using Form = BodyRule::Form;
    const Form form = route.body.form;
    if (form == Form::none || form == Form::upload || (form != Form::json && request.body.empty()))
        return std::nullopt;
    auto read = read_json(request.body);
    if (const auto* const fault = std::get_if<JsonFault>(&read)) {
        FieldError error{fault->pointer, fault->code, fault->detail};
        if (fault->code == "invalid_format" || fault->code == "too_large")
            return invalid({std::move(error)});
        return Rejection{Refusal::malformed,
                         fmt::format("The body is not JSON that is taken here: {} (byte {})",
                                     fault->detail, fault->offset),
                         {std::move(error)}};
    }
    auto& json = std::get<Json>(read);
    if (json.object() == nullptr && form != Form::any_json)
        return invalid({{"", "invalid_type", "Takes a JSON object."}});
    request.json = std::make_shared<const Json>(std::move(json));
    return std::nullopt;
}

} // namespace throughline
