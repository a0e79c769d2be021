#pragma once
#include "api/routes/as_of.hpp"
#include "handlers/identity/tenants.hpp"
#include "handlers/tenant_kinds.hpp"
#include "projections/deal_reports.hpp"
#include "projections/past.hpp"

namespace throughline {

/// GET /deals/summary and /deals/flow.
struct DealReportRoutes {
    const Registry& registry;
    DealReports& reports;
    const Tenants& tenants;
    TenantKinds& kinds;
    Past& past;
    LogMoments moments;

    [[nodiscard]] Routes rows() const;
};

[[nodiscard]] JsonObject deal_report_components();

} // namespace throughline
