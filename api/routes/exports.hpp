#pragma once
#include "api/router.hpp"
#include "bus/event_store.hpp"
#include "handlers/tenant_kinds.hpp"
#include "projections/lists.hpp"

namespace throughline {

/// What the routes of export are made of.
struct ExportRoutes {
    const Registry& registry;
    Lists& lists;
    EventStore& store;
    TenantKinds& kinds;

    /// GET /{plural}/export.
    [[nodiscard]] Routes rows() const;
};

enum class ExportFormat { csv, ndjson, vcard };

/// All records that match and the caller sees, page by page: CSV with a header row, NDJSON as the
/// API answers them, or cards of contacts.
[[nodiscard]] std::unique_ptr<BodyStream> export_stream(const ExportRoutes& with, const Kind& kind,
                                                        const Principal& caller,
                                                        ListRequest request, ExportFormat format);

} // namespace throughline
