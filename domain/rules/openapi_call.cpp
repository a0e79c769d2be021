#include "domain/rules/openapi_call.hpp"

#include "domain/rules/template.hpp"

#include <algorithm>

namespace throughline::rules {

namespace {

using In = ApiParameter::In;

std::string percent_encoded(std::string_view text) { return escaped(text, Target::url); }

std::optional<std::string> scalar(const Json& value) {
    if (const auto* const text = value.string()) return *text;
    if (const auto* const number = value.number()) return number->digits;
    if (const auto* const truth = value.boolean()) return *truth ? "true" : "false";
    return std::nullopt;
}

/// A name and a value of an object, or a value of a list with no name.
struct Piece {
    std::string name;
    std::string value;
};

/// The scalars that a value is made of; nothing where it is made of more.
std::optional<std::vector<Piece>> pieces_of(const Json& value) {
    std::vector<Piece> out;
    const auto add = [&](const std::string& name, const Json& one) {
        const auto text = scalar(one);
        if (text) out.push_back({name, *text});
        return text.has_value();
    };
    if (const auto* const items = value.array())
        return std::ranges::all_of(*items, [&](const Json& item) { return add("", item); })
                   ? std::optional(std::move(out))
                   : std::nullopt;
    if (const auto* const members = value.object())
        return std::ranges::all_of(
                   *members,
                   [&](const JsonMember& member) { return add(member.name, member.value); })
                   ? std::optional(std::move(out))
                   : std::nullopt;
    return add("", value) ? std::optional(std::move(out)) : std::nullopt;
}

/// Commas between the pieces; an object's as name,value or, exploded, name=value.
std::string joined(const std::vector<Piece>& pieces, bool explode, bool encode) {
    const auto written = [&](const std::string& text) {
        return encode ? percent_encoded(text) : text;
    };
    std::string out;
    for (const Piece& piece : pieces) {
        if (!out.empty()) out += ',';
        if (!piece.name.empty()) out += written(piece.name) + (explode ? "=" : ",");
        out += written(piece.value);
    }
    return out;
}

/// Whether dots in a path take something of it back (RFC 3986 section 5.2.4).
bool leads_elsewhere(const std::string& path) {
    return (path + "/").find("/../") != std::string::npos ||
           (path + "/").find("/./") != std::string::npos;
}

Rejection refusal(std::string detail) { return {Refusal::invalid, std::move(detail)}; }

class Call {
  public:
    explicit Call(const ApiOperation& operation) : operation_(operation), path_(operation.path) {}

    void put(const ApiParameter& parameter, const Json& value) {
        const auto pieces = parameter.is_json
                                ? std::optional(std::vector<Piece>{{"", to_text(value)}})
                                : pieces_of(value);
        if (!pieces)
            return fault(parameter.name, "invalid_type",
                         "A text, number, truth value, or a list or object of these is expected.");
        switch (parameter.in) {
        case In::path: return put_in_path(parameter, *pieces);
        case In::query: return put_in_query(parameter, *pieces);
        case In::header:
            out_.headers.emplace_back(parameter.name, joined(*pieces, parameter.explode, false));
        }
    }

    void put_body(const Json& body) {
        if (body.is_null()) {
            if (operation_.body == ApiOperation::Body::required)
                faults_.push_back({"/body", "required", "The operation demands a body."});
        } else if (operation_.body == ApiOperation::Body::none)
            faults_.push_back({"/body", "unknown_field", "The operation takes no body of JSON."});
        else
            out_.body = to_text(body);
    }

    void fault(const std::string& parameter, std::string code, std::string detail) {
        std::string where = "/parameters/";
        append_pointer_token(where, parameter);
        faults_.push_back({std::move(where), std::move(code), std::move(detail)});
    }

    Result<ApiCall> take() {
        if (!faults_.empty()) return invalid(std::move(faults_));
        if (path_.find_first_of("{}") != std::string::npos)
            return refusal("The path has a parameter that the document does not declare.");
        if (leads_elsewhere(path_)) return refusal("The path would lead elsewhere.");
        const std::string& url = operation_.url;
        out_.method = operation_.method;
        out_.url = url.substr(0, url.size() - operation_.path.size()) + path_ + query_;
        return std::move(out_);
    }

  private:
    void put_in_path(const ApiParameter& parameter, const std::vector<Piece>& pieces) {
        const std::string value = joined(pieces, parameter.explode, true);
        const std::string name = "{" + parameter.name + "}";
        if (value.empty())
            return fault(parameter.name, "invalid_format", "A part of a path is not empty.");
        for (auto at = path_.find(name); at != std::string::npos;
             at = path_.find(name, at + value.size()))
            path_.replace(at, name.size(), value);
    }

    void put_in_query(const ApiParameter& parameter, const std::vector<Piece>& pieces) {
        const std::string name = percent_encoded(parameter.name);
        if (!parameter.explode) return add_to_query(name, joined(pieces, false, true));
        for (const Piece& piece : pieces)
            add_to_query(piece.name.empty() ? name : percent_encoded(piece.name),
                         percent_encoded(piece.value));
    }

    void add_to_query(const std::string& name, const std::string& value) {
        query_ += (query_.empty() ? '?' : '&') + name + '=' + value;
    }

    const ApiOperation& operation_;
    ApiCall out_;
    std::string path_;
    std::string query_;
    std::vector<FieldError> faults_;
};

} // namespace

Result<ApiCall> call_of(const ApiOperation& operation, const JsonObject& parameters,
                        const Json& body) {
    if (!operation.unsupported.empty())
        return refusal("The operation cannot be called: " + operation.unsupported + '.');
    Call call(operation);
    for (const ApiParameter& parameter : operation.parameters) {
        const Json* const value = parameters.find(parameter.name);
        if (value != nullptr && !value->is_null())
            call.put(parameter, *value);
        else if (parameter.required)
            call.fault(parameter.name, "required", "The operation demands this parameter.");
    }
    for (const auto& [name, value] : parameters)
        if (std::ranges::find(operation.parameters, name, &ApiParameter::name) ==
            operation.parameters.end())
            call.fault(name, "unknown_field", "The operation has no such parameter.");
    call.put_body(body);
    return call.take();
}

} // namespace throughline::rules
