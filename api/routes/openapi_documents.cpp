#include "api/routes/openapi_documents.hpp"

#include "api/openapi.hpp"
#include "api/routes/parameters.hpp"
#include "api/routes/rows.hpp"
#include "api/routes/write_answer.hpp"
#include "domain/openapi_document.hpp"
#include "domain/record/schema.hpp"
#include "domain/schema_words.hpp"
#include "projections/cursor.hpp"

#include <charconv>

namespace throughline {

namespace {

constexpr std::string_view cursor_scope = "openapi-documents";

const Kind& stored() {
    static const Kind kind = openapi_document_kind();
    return kind;
}

Result<Uuid> read_after(const Request& request) {
    const auto cursor = request.parameter("cursor");
    if (!cursor || cursor->empty()) return Uuid{};
    const auto keys = read_cursor(*cursor, cursor_scope, 1);
    const auto id = keys && keys->front() ? parse_uuid(*keys->front()) : std::nullopt;
    if (!id) return invalid_cursor();
    return *id;
}

struct Handlers {
    OpenApiDocumentRoutes with;

    [[nodiscard]] RecordAnswers answers() const { return {with.registry, with.store, with.keys}; }

    [[nodiscard]] Result<Response> list(const Request& request) const {
        std::size_t limit = 50;
        if (const auto text = request.parameter("limit"))
            std::from_chars(text->data(), text->data() + text->size(), limit);
        const auto after = read_after(request);
        if (!after) return after.error();
        auto heads = with.documents.list(request.principal->tenant_id, *after, limit + 1);
        Json next;
        if (heads.size() > limit) {
            heads.resize(limit);
            next = write_cursor(cursor_scope, {to_string(heads.back().stream.id)});
        }
        JsonArray items;
        for (const StreamHead& head : heads)
            items.push_back(parse_json(
                record_json(stored(), head.stream.id, head.version, head.state,
                            [](std::string_view, const Uuid&) { return std::string_view(); },
                            {"name", "url", "title", "api_version", "created_at", "updated_at"})));
        return list_response(limit, std::move(items), next, total_of(request, [&] {
                                 return with.documents
                                     .list(request.principal->tenant_id, {}, most_counted + 1)
                                     .size();
                             }));
    }

    [[nodiscard]] Result<Response> read(const Request& request) const {
        const StreamHead head =
            with.documents.find(request.principal->tenant_id, request.path_id());
        if (head.version == 0) return no_such("OpenAPI document");
        Response response = json_response(
            200, answers().one(request, stored(), head.stream.id, head.version, head.state));
        response.with("ETag", "\"" + std::to_string(head.version) + "\"");
        return response;
    }

    [[nodiscard]] Result<Response> add(const Request& request) const {
        return answers().command(
            request,
            [&](const CommandContext& context) {
                return with.documents.add(as_server(context), *request.json,
                                          with.tenants.http_allowlist(context.tenant));
            },
            [on = answers(), &request](const Written& done) {
                Response response =
                    json_response(201, on.one(request, stored(), done.id, done.record.version,
                                              state_text(stored(), done.record)));
                response.with("Location", "/api/openapi-documents/" + to_string(done.id));
                response.with("ETag", "\"" + std::to_string(done.record.version) + "\"");
                return with_position(std::move(response), done);
            });
    }

    [[nodiscard]] Result<Response> remove(const Request& request) const {
        return answers().command(request, stored(), [&](const CommandContext& context) {
            return with.documents.remove(as_server(context), request.path_id());
        });
    }

    /// The route's permission was asked for; that of records does not matter.
    [[nodiscard]] static CommandContext as_server(CommandContext context) {
        context.caller = Caller::system();
        return context;
    }
};

} // namespace

Routes OpenApiDocumentRoutes::rows() const {
    RowsOf<Handlers> rows(Handlers{*this}, "/openapi-documents", "automations");
    Route& list = rows.add(
        "GET", "", "List the OpenAPI documents that rules may call", Permission::automations_read,
        {200, "Without their operations.", "OpenApiDocumentList"}, &Handlers::list);
    list.query = page_parameters();
    Answer made{201, "The document, as it was read.", "OpenApiDocument"};
    made.has_etag = true;
    Route& add = rows.add("POST", "", "Register an OpenAPI document by upload or URL",
                          Permission::automations_change, made, &Handlers::add);
    add.body = json_body("OpenApiDocumentCreate");
    add.refusals = {409};
    add.limit = LimitClass::automation;
    Answer one{200, "The document and its operations.", "OpenApiDocument"};
    one.has_etag = true;
    rows.add("GET", "/{id}", "Read an OpenAPI document", Permission::automations_read, one,
             &Handlers::read);
    rows.add("DELETE", "/{id}", "Forget an OpenAPI document", Permission::automations_change,
             {204, "It is deleted.", ""}, &Handlers::remove);
    return std::move(rows).take();
}

JsonObject openapi_document_components() {
    const JsonObject create{{"type", "object"},
                            {"description", "Either a document or a URL of an allowed host."},
                            {"properties", JsonObject{{"name", JsonObject{{"type", "string"},
                                                                          {"pattern", "\\S"},
                                                                          {"maxLength", 255}}},
                                                      {"document", typed("object")},
                                                      {"url", typed("string")}}},
                            {"required", JsonArray{"name"}},
                            {"additionalProperties", false}};
    return {{"OpenApiDocument", record_schema(stored())},
            {"OpenApiDocumentCreate", create},
            {"OpenApiDocumentList", list_schema("OpenApiDocument")}};
}

} // namespace throughline
