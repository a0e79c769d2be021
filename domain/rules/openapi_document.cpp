#include "domain/rules/openapi_document.hpp"

#include "domain/rules/openapi_reader.hpp"
#include "domain/text.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <span>
#include <stdexcept>

namespace throughline::rules {

namespace {

constexpr std::size_t max_text = 255; // characters
constexpr std::size_t max_path = 2000;
constexpr std::array<std::string_view, 7> methods = {"get",   "put",  "post",   "delete",
                                                     "patch", "head", "options"};
constexpr std::array<std::string_view, 3> places = {"path", "query", "header"};
constexpr std::array<std::string_view, 3> bodies = {"none", "optional", "required"};

/// A line of text, however it was written.
std::string line_of(std::string text) {
    std::ranges::replace_if(
        text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, ' ');
    return cut_to_characters(trimmed(text), max_text);
}

bool is_json_type(std::string_view type) {
    const std::string_view essence = type.substr(0, type.find(';'));
    return essence == "application/json" || essence.ends_with("+json") || essence == "*/*";
}

/// What can be read: 3.0 and 3.1, whose differences are in schemas, which nobody asks about here.
void check_version(OpenApiFaults& faults) {
    const std::string version = faults.root().text("openapi");
    if (version.starts_with("3.0") || version.starts_with("3.1")) return;
    faults.add(faults.root().pointer + "/openapi", version.empty() ? "required" : "invalid_choice",
               "An OpenAPI document of version 3.0 or 3.1 is expected.");
}

class Reader {
  public:
    Reader(const Json& document, std::string_view fetched_from, std::string_view pointer)
        : faults_(document, pointer), fetched_from_(fetched_from) {}

    Result<ApiDescription> read() {
        check_version(faults_);
        const Place info = faults_.root().at("info");
        out_.title = line_of(info.text("title"));
        out_.version = line_of(info.text("version"));
        read_paths();
        if (faults_.all().empty() &&
            to_text(operations_json(out_.operations)).size() > max_api_bytes)
            faults_.add(faults_.root().pointer, "too_large",
                        "Its operations are too much to keep.");
        if (!faults_.all().empty()) return invalid(faults_.all());
        return std::move(out_);
    }

  private:
    void read_paths() {
        const Place paths = faults_.root().at("paths");
        const JsonObject* const members = paths.value ? paths.value->object() : nullptr;
        for (const auto& [path, item] : members ? *members : JsonObject{}) {
            if (path.starts_with("x-")) continue;
            const Place at = faults_.resolved(paths.at(path));
            if (path.empty() || path.front() != '/' || path.size() > max_path ||
                path.find_first_of("?#") != std::string::npos)
                faults_.add(paths.at(path).pointer, "invalid_format",
                            "A path begins with a slash, has no query and at most 2000 bytes.");
            else if (at.value != nullptr)
                read_methods(path, at);
            if (is_full_) return;
        }
        if (out_.operations.empty() && faults_.all().empty())
            faults_.add(paths.pointer, "required", "The document describes no operation.");
    }

    void read_methods(const std::string& path, const Place& item) {
        for (const std::string_view method : methods) {
            const Place at = item.at(method);
            if (at.value == nullptr) continue;
            read_operation(path, ascii_upper(method), at, item);
            if (out_.operations.size() > max_api_operations || parameters_ > max_api_parameters) {
                is_full_ = true;
                faults_.add(faults_.root().pointer + "/paths", "too_large",
                            "At most 1000 operations with 10,000 parameters are taken.");
                return;
            }
        }
    }

    void read_operation(const std::string& path, const std::string& method, const Place& at,
                        const Place& item) {
        if (at.value->object() == nullptr)
            return faults_.add(at.pointer, "invalid_type", "An operation is an object.");
        ApiOperation operation;
        operation.method = method;
        operation.path = path;
        operation.id = at.text("operationId");
        if (operation.id.empty()) operation.id = method + " " + path;
        if (length_in_characters(operation.id) > max_path || !ids_.insert(operation.id).second)
            return faults_.add(at.pointer + "/operationId", "invalid_format",
                               "Each operation has an id of its own, of at most 2000 characters.");
        operation.summary = line_of(at.text("summary"));
        operation.url = server_of({at, item, faults_.root()}, fetched_from_, faults_) + path;
        read_parameters(at, item, operation, faults_);
        read_body(at, operation);
        parameters_ += operation.parameters.size();
        out_.operations.push_back(std::move(operation));
    }

    void read_body(const Place& at, ApiOperation& operation) {
        const Place written = at.at("requestBody");
        if (written.value == nullptr) return;
        const Place body = faults_.resolved(written);
        if (body.value == nullptr) return;
        const Json* const content = body.value->find("content");
        const bool has_json = content != nullptr && content->object() != nullptr &&
                              std::ranges::any_of(*content->object(), [](const JsonMember& type) {
                                  return is_json_type(type.name);
                              });
        const bool required = body.is_true("required");
        if (has_json)
            operation.body = required ? ApiOperation::Body::required : ApiOperation::Body::optional;
        else if (required)
            operation.unsupported = "its body is not JSON";
    }

    OpenApiFaults faults_;
    std::string_view fetched_from_;
    ApiDescription out_;
    std::set<std::string> ids_;
    std::size_t parameters_ = 0;
    bool is_full_ = false;
};

template <class Enum>
std::string_view name_of(std::span<const std::string_view> names, Enum value) {
    return names[static_cast<std::size_t>(value)];
}

template <class Enum>
Enum value_of(std::span<const std::string_view> names, const std::string& name) {
    const auto found = std::ranges::find(names, name);
    if (found == names.end()) throw std::runtime_error("an operation is kept in another form");
    return static_cast<Enum>(found - names.begin());
}

ApiOperation operation_from(const Json& kept) {
    ApiOperation operation;
    operation.id = kept.text("operation_id");
    operation.method = kept.text("method");
    operation.path = kept.text("path");
    operation.url = kept.text("url");
    operation.summary = kept.text("summary");
    operation.body = value_of<ApiOperation::Body>(bodies, kept.text("body"));
    operation.unsupported = kept.text("unsupported");
    for (const Json& one : *kept.find("parameters")->array())
        operation.parameters.push_back(
            {one.text("name"), value_of<ApiParameter::In>(places, one.text("in")),
             *one.find("required")->boolean(), *one.find("explode")->boolean(),
             *one.find("json")->boolean()});
    return operation;
}

} // namespace

Result<ApiDescription> read_openapi(const Json& document, std::string_view fetched_from,
                                    std::string_view pointer) {
    if (document.object() == nullptr)
        return invalid({{std::string(pointer), "invalid_type", "An object is expected."}});
    return Reader(document, fetched_from, pointer).read();
}

JsonArray operations_json(const std::vector<ApiOperation>& operations) {
    JsonArray out;
    for (const ApiOperation& operation : operations) {
        JsonArray parameters;
        for (const ApiParameter& parameter : operation.parameters)
            parameters.push_back(JsonObject{{"name", parameter.name},
                                            {"in", name_of(places, parameter.in)},
                                            {"required", parameter.required},
                                            {"explode", parameter.explode},
                                            {"json", parameter.is_json}});
        JsonObject one{{"operation_id", operation.id},
                       {"method", operation.method},
                       {"path", operation.path},
                       {"url", operation.url},
                       {"summary", operation.summary},
                       {"parameters", std::move(parameters)},
                       {"body", name_of(bodies, operation.body)}};
        if (!operation.unsupported.empty()) one.append("unsupported", operation.unsupported);
        out.emplace_back(std::move(one));
    }
    return out;
}

std::optional<ApiOperation> find_operation(const Json& operations, std::string_view id) {
    if (operations.array() == nullptr) return std::nullopt;
    for (const Json& operation : *operations.array())
        if (operation.text("operation_id") == id) return operation_from(operation);
    return std::nullopt;
}

} // namespace throughline::rules
