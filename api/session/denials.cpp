#include "api/session/denials.hpp"

#include "api/trace.hpp"
#include "handlers/import/import_job.hpp"

#include <spdlog/spdlog.h>

namespace throughline {

void Denials::record(Permission missing, const Uuid& user, const Uuid& tenant,
                     std::string_view route, std::string_view traceparent) {
    by_permission_.at(static_cast<std::size_t>(missing)).fetch_add(1, std::memory_order_relaxed);
    spdlog::warn("{}", to_text(JsonObject{{"msg", "access denied"},
                                          {"user_id", to_string(user)},
                                          {"tenant_id", to_string(tenant)},
                                          {"permission", grant_of(missing).name},
                                          {"route", route},
                                          {"trace_id", trace_id_of(traceparent)}}));
}

void Denials::record(Permission missing, const ImportJob& job) {
    record(missing, job.user, job.tenant, "import of " + job.kind, job.traceparent);
}

void Denials::write(MetricsText& out) const {
    for (const Grant& grant : grants())
        out.counter("access_denied_total", "Requests and rows of imports that lacked a permission.",
                    static_cast<double>(
                        by_permission_.at(static_cast<std::size_t>(grant.permission)).load()),
                    {{"permission", std::string(grant.name)}});
}

} // namespace throughline
