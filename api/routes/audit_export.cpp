#include "api/routes/audit_export.hpp"

#include "api/page_size.hpp"
#include "handlers/export/csv_writer.hpp"

#include <array>

namespace throughline {
namespace {

constexpr std::size_t most_rows = 200;
constexpr std::array columns{"id",        "position", "timestamp", "event",         "entity_type",
                             "entity_id", "action",   "user_id",   "user",          "channel",
                             "before",    "after",    "metadata",  "correlation_id"};

std::string csv_header() {
    return csv_row(std::vector<std::string>(columns.begin(), columns.end()));
}

/// Texts as they are, the user as a name, everything else as JSON.
std::string cell(const Json& item, std::string_view column) {
    const Json* value = item.find(column);
    if (value == nullptr || value->is_null()) return "";
    if (column == "user") return value->text("name");
    return value->string() != nullptr ? *value->string() : to_text(*value);
}

std::string to_csv(const std::string& text) {
    const Json item = parse_json(text);
    std::vector<std::string> cells;
    for (const std::string_view column : columns) cells.push_back(cell(item, column));
    return csv_row(cells);
}

class AuditFile : public BodyStream {
  public:
    AuditFile(Audit& audit, const Uuid& tenant, AuditFilter filter, bool csv)
        : audit_(audit), tenant_(tenant), filter_(std::move(filter)), csv_(csv) {}

    bool reads_model() const override { return true; }
    Piece next() override {
        request_.limit = size_.rows();
        const auto page = audit_.page(tenant_, filter_, request_);
        if (!page) throw std::runtime_error("audit export: " + page.error().detail);
        Piece piece;
        if (csv_ && request_.cursor.empty()) piece.bytes = csv_header();
        for (const std::string& item : page->items)
            piece.bytes += csv_ ? to_csv(item) : item + "\n";
        size_.fit(piece.bytes.size(), piece_bytes);
        piece.last = !page->next;
        request_.cursor = page->next.value_or("");
        return piece;
    }

  private:
    Audit& audit_;
    Uuid tenant_;
    AuditFilter filter_;
    bool csv_;
    OffsetRequest request_{};
    PageSize size_{PageSize::least, most_rows};
};

} // namespace

Response audit_export(Audit& audit, const Uuid& tenant, const AuditFilter& filter,
                      const std::string& format) {
    const bool csv = format == "csv";
    Response response;
    response.content_type = csv ? "text/csv; charset=utf-8" : "application/x-ndjson";
    response.with("Content-Disposition", "attachment; filename=\"audit-logs." + format + "\"");
    response.stream = std::make_unique<AuditFile>(audit, tenant, filter, csv);
    return response;
}

} // namespace throughline
