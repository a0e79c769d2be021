#include "api/routes/exports.hpp"

#include "api/page_size.hpp"
#include "api/routes/list_parameters.hpp"
#include "api/routes/records.hpp"
#include "domain/record/value.hpp"
#include "handlers/export/csv_writer.hpp"
#include "handlers/export/record_export.hpp"
#include "handlers/export/vcard_writer.hpp"

#include <algorithm>
#include <array>

namespace throughline {

namespace {

constexpr std::size_t most_rows = 200;
constexpr std::array<std::string_view, 4> of_pages{"limit", "cursor", "fields", "count"};

struct FormatOfExport {
    std::string_view name;
    ExportFormat format;
    const char* content_type;
    std::string_view extension;
};
constexpr std::array<FormatOfExport, 3> formats{{
    {"csv", ExportFormat::csv, "text/csv; charset=utf-8", "csv"},
    {"ndjson", ExportFormat::ndjson, "application/x-ndjson", "ndjson"},
    {"vcard", ExportFormat::vcard, "text/vcard; charset=utf-8", "vcf"},
}};

bool has_cards(const Kind& kind) { return kind.name == "contact" || kind.name == "lead"; }

/// Where somebody works: a lead has that as text.
std::string_view company_of(const JsonObject& fields, const NameOf& name_of) {
    if (const Json* const text = fields.find("company"); text != nullptr && text->string())
        return *text->string();
    const Json* const id = fields.find("organization_id");
    const std::vector<Uuid> organization = id == nullptr ? std::vector<Uuid>{} : ids_in(*id);
    if (organization.empty()) return {};
    return name_of("organization", organization.front());
}

class RecordFile : public BodyStream {
  public:
    RecordFile(const ExportRoutes& with, const Kind& kind, Principal caller, ListRequest request,
               ExportFormat format)
        : with_(with), kind_(kind), caller_(std::move(caller)), request_(std::move(request)),
          format_(format) {}

    bool reads_model() const override { return true; }
    Piece next() override {
        request_.limit = size_.rows();
        const auto page = with_.lists.page(caller_.tenant_id, caller_.caller(), kind_, request_);
        if (!page) throw std::runtime_error("export: " + page.error().detail);
        Names names(with_.store, with_.registry, caller_);
        for (const ListItem& item : page->items) names.add(kind_, item.state);
        const NameOf name_of = names.fetch();
        Piece piece;
        if (format_ == ExportFormat::csv && request_.cursor.empty())
            piece.bytes = csv_row(export_columns(kind_));
        for (const ListItem& item : page->items) append(piece.bytes, item, name_of);
        size_.fit(piece.bytes.size(), piece_bytes);
        piece.last = !page->next;
        request_.cursor = page->next.value_or("");
        return piece;
    }

  private:
    void append(std::string& to, const ListItem& item, const NameOf& name_of) const {
        if (format_ == ExportFormat::ndjson) {
            to += record_json(kind_, item.id, item.version, item.state, name_of);
            to += '\n';
            return;
        }
        const Record record = record_of(kind_, item);
        if (format_ == ExportFormat::csv) {
            to += export_csv_row(kind_, item.id, record, name_of);
            return;
        }
        to += vcard_of(item.id, record, company_of(record.fields, name_of));
    }

    const ExportRoutes with_;
    const Kind& kind_;
    Principal caller_;
    ListRequest request_;
    ExportFormat format_;
    PageSize size_{PageSize::least, most_rows};
};

Result<Response> export_records(const ExportRoutes& with, const Kind& kind,
                                const Request& request) {
    QueryParameters query = request.query;
    std::erase_if(query, [](const auto& parameter) { return parameter.first == "format"; });
    auto wanted = read_list_request(*with.kinds.of(request.principal->tenant_id, kind), query);
    if (!wanted) return wanted.error();
    // What a record refers to stands before it, for who imports the file.
    if (wanted->sort.empty()) wanted->sort = {{"created_at", false}};
    const std::string format(request.parameter("format").value_or("csv"));
    const FormatOfExport& chosen = *std::ranges::find(formats, format, &FormatOfExport::name);
    Response response;
    response.content_type = chosen.content_type;
    response.with("Content-Disposition", "attachment; filename=\"" + kind.plural + "." +
                                             std::string(chosen.extension) + "\"");
    response.stream =
        export_stream(with, kind, *request.principal, std::move(*wanted), chosen.format);
    return response;
}

} // namespace

std::unique_ptr<BodyStream> export_stream(const ExportRoutes& with, const Kind& kind,
                                          const Principal& caller, ListRequest request,
                                          ExportFormat format) {
    return std::make_unique<RecordFile>(with, kind, caller, std::move(request), format);
}

Routes ExportRoutes::rows() const {
    Routes routes;
    for (const Kind& kind : registry.kinds()) {
        Route& route = routes.emplace_back();
        route.method = "GET";
        route.path = "/" + kind.plural + "/export";
        route.summary = "Export " + kind.plural;
        route.tag = kind.plural;
        route.permission = Permission::records_export;
        route.query = list_parameters(kind);
        std::erase_if(route.query, [](const Parameter& parameter) {
            return std::ranges::find(of_pages, parameter.name) != of_pages.end();
        });
        JsonArray choices{"csv", "ndjson"};
        if (has_cards(kind)) choices.emplace_back("vcard");
        route.query.push_back(
            {"format",
             JsonObject{{"type", "string"}, {"enum", std::move(choices)}, {"default", "csv"}},
             "CSV with our field names as headers, one JSON object a line, or "
             "of contacts and leads vCards."});
        const std::string what = "All " + kind.plural + " that match.";
        route.answers = {{200, what, "", "text/csv"}, {200, what, "", "application/x-ndjson"}};
        if (has_cards(kind)) route.answers.push_back({200, what, "", "text/vcard"});
        route.projection = "list_" + kind.name;
        route.handler = [with = *this, &kind](const Request& request) {
            return export_records(with, kind, request);
        };
    }
    return routes;
}

} // namespace throughline
