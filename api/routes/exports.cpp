#include "api/routes/exports.hpp"

#include "api/routes/list_parameters.hpp"
#include "api/routes/records.hpp"
#include "handlers/export/csv_writer.hpp"
#include "handlers/export/record_export.hpp"

#include <algorithm>
#include <array>

namespace throughline {

namespace {

constexpr std::size_t page_size = 200;
constexpr std::array<std::string_view, 4> of_pages{"limit", "cursor", "fields", "count"};

class RecordFile : public BodyStream {
  public:
    RecordFile(const ExportRoutes& with, const Kind& kind, Principal caller, ListRequest request,
               bool csv)
        : with_(with), kind_(kind), caller_(std::move(caller)), request_(std::move(request)),
          csv_(csv) {}

    Piece next() override {
        const auto page = with_.lists.page(caller_.tenant_id, caller_.caller(), kind_, request_);
        if (!page) throw std::runtime_error("export: " + page.error().detail);
        Names names(with_.store, with_.registry, caller_);
        for (const ListItem& item : page->items) names.add(kind_, item.state);
        const NameOf name_of = names.fetch();
        Piece piece;
        if (csv_ && request_.cursor.empty()) piece.bytes = csv_row(export_columns(kind_));
        for (const ListItem& item : page->items) {
            if (csv_) {
                piece.bytes += export_csv_row(kind_, item.id, record_of(kind_, item), name_of);
            } else {
                append_record_json(piece.bytes, kind_, item.id, item.version, item.state, name_of);
                piece.bytes += '\n';
            }
        }
        piece.last = !page->next;
        request_.cursor = page->next.value_or("");
        return piece;
    }

  private:
    const ExportRoutes with_;
    const Kind& kind_;
    Principal caller_;
    ListRequest request_;
    bool csv_;
};

Result<Response> export_records(const ExportRoutes& with, const Kind& kind,
                                const Request& request) {
    QueryParameters query = request.query;
    std::erase_if(query, [](const auto& parameter) { return parameter.first == "format"; });
    auto wanted = read_list_request(kind, query);
    if (!wanted) return wanted.error();
    wanted->limit = page_size;
    const std::string format(request.parameter("format").value_or("csv"));
    const bool csv = format == "csv";
    Response response;
    response.content_type = csv ? "text/csv; charset=utf-8" : "application/x-ndjson";
    response.with("Content-Disposition",
                  "attachment; filename=\"" + kind.plural + "." + format + "\"");
    response.stream = export_stream(with, kind, *request.principal, std::move(*wanted), csv);
    return response;
}

} // namespace

std::unique_ptr<BodyStream> export_stream(const ExportRoutes& with, const Kind& kind,
                                          const Principal& caller, ListRequest request, bool csv) {
    return std::make_unique<RecordFile>(with, kind, caller, std::move(request), csv);
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
        route.query.push_back({"format",
                               JsonObject{{"type", "string"},
                                          {"enum", JsonArray{"csv", "ndjson"}},
                                          {"default", "csv"}},
                               "CSV with our field names as headers, or one JSON object a line."});
        const std::string what = "All " + kind.plural + " that match.";
        route.answers = {{200, what, "", "text/csv"}, {200, what, "", "application/x-ndjson"}};
        route.reads_at_position = true;
        route.projection = "list_" + kind.name;
        route.handler = [with = *this, &kind](const Request& request) {
            return export_records(with, kind, request);
        };
    }
    return routes;
}

} // namespace throughline
