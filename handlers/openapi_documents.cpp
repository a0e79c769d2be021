#include "handlers/openapi_documents.hpp"

#include "bus/ids.hpp"
#include "domain/openapi_document.hpp"
#include "domain/rules/openapi_document.hpp"

#include <array>

namespace throughline {

namespace {

const Kind& kind() {
    static const Kind document = openapi_document_kind();
    return document;
}

constexpr const char* takes_one = "An upload has either a document or a url.";

/// What a body may have; a document that is no object is told when it is read.
std::vector<FieldError> faults_of(const Json& body) {
    std::vector<FieldError> faults;
    for (const JsonMember& member : *body.object())
        if (member.name != "name" && member.name != "document" && member.name != "url")
            faults.push_back({"/" + member.name, "unknown_field", "There is no such field."});
    const Json* const name = body.find("name");
    if (name == nullptr || name->is_null())
        faults.push_back({"/name", "required", "Name is required."});
    const Json* const url = body.find("url");
    const bool has_url = url != nullptr && !url->is_null();
    const bool has_document = body.find("document") != nullptr;
    if (has_url == has_document)
        faults.push_back({"/document", has_url ? "read_only" : "required", takes_one});
    if (has_url && url->string() == nullptr)
        faults.push_back({"/url", "invalid_type", "A text is expected."});
    return faults;
}

Rejection of_url(std::string detail) {
    return invalid({{"/url", "invalid_format", std::move(detail)}});
}

Rejection taken() {
    Rejection rejection{Refusal::conflict, "Another document has this name."};
    rejection.errors = {{"/name", "taken", rejection.detail}};
    return rejection;
}

StreamHead without_operations(StreamHead head) {
    Json state = parse_json(head.state);
    state.object()->erase("operations");
    head.state = to_text(state);
    return head;
}

} // namespace

std::optional<Json> OpenApiDocuments::operations(const Uuid& tenant,
                                                 const std::string& document) const {
    StreamHead head;
    if (const auto id = parse_uuid(document)) head = find(tenant, *id);
    if (head.version == 0) {
        const auto named = store_.heads_by_title(tenant, kind().name, document);
        if (named.empty()) return std::nullopt;
        head = named.front();
    }
    const Json state = parse_json(head.state);
    return *state.find("operations");
}

StreamHead OpenApiDocuments::find(const Uuid& tenant, const Uuid& id) const {
    const std::array key{StreamKey{kind().name, id}};
    StreamHead head = store_.heads(tenant, key).front();
    if (head.archived) head.version = 0;
    return head;
}

std::vector<StreamHead> OpenApiDocuments::list(const Uuid& tenant, const Uuid& after,
                                               std::size_t limit) const {
    constexpr std::size_t at_once = 10; // a document may have a megabyte
    std::vector<StreamHead> out;
    for (Uuid last = after; out.size() < limit;) {
        auto heads = store_.heads_of_kind(tenant, kind().name, last, at_once);
        const bool is_all = heads.size() < at_once;
        for (StreamHead& head : heads) {
            last = head.stream.id;
            if (!head.archived && out.size() < limit)
                out.push_back(without_operations(std::move(head)));
        }
        if (is_all) break;
    }
    return out;
}

Result<Json> OpenApiDocuments::fetched(const std::string& url, const HostAllowlist& allowed) const {
    const HttpOutcome outcome =
        http_.send({"GET", url, {{"Accept", "application/json"}}, {}}, allowed);
    if (const auto* const fault = std::get_if<HttpFault>(&outcome)) return of_url(fault->detail);
    const auto& response = std::get<HttpResponse>(outcome);
    if (response.status != 200)
        return of_url("The answer is " + std::to_string(response.status) + ".");
    if (response.is_cut)
        return invalid({{"/url", "too_large", "The document has more than a megabyte."}});
    auto read = read_json(response.body);
    if (const auto* const fault = std::get_if<JsonFault>(&read))
        return of_url("What it shows is not JSON that is taken: " + fault->detail);
    return std::get<Json>(std::move(read));
}

Result<PendingWrite> OpenApiDocuments::add(const CommandContext& context, const Json& body,
                                           const HostAllowlist& allowed) const {
    if (auto faults = faults_of(body); !faults.empty()) return invalid(std::move(faults));
    const std::string url = body.text("url");
    const Json* const uploaded = body.find("document");
    const auto document = uploaded != nullptr ? Result<Json>(*uploaded) : fetched(url, allowed);
    if (!document) return document.error();
    const auto read =
        rules::read_openapi(*document, url, uploaded != nullptr ? "/document" : "/url");
    if (!read) return read.error();
    const std::array command{context.command_id};
    const bool is_repeated = store_.outcomes(context.tenant, command).front().has_value();
    if (!is_repeated &&
        !store_.heads_by_title(context.tenant, kind().name, body.text("name")).empty())
        return taken();
    JsonObject record{{"name", *body.find("name")},
                      {"title", read->title},
                      {"api_version", read->version},
                      {"operations", rules::operations_json(read->operations)}};
    if (!url.empty()) record.append("url", url);
    return commands_.create(context, kind(), new_id(), std::move(record));
}

Result<PendingWrite> OpenApiDocuments::remove(const CommandContext& context, const Uuid& id) const {
    return commands_.remove(context, kind(), id);
}

} // namespace throughline
