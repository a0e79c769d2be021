#pragma once
#include "api/routes/as_of.hpp"
#include "api/routes/records.hpp"
#include "projections/past.hpp"

namespace throughline {

/// What stood for a merged record at a position of the log, else the record itself.
[[nodiscard]] StreamHead stood_for(Past& past, const Uuid& tenant, const StreamKey& asked,
                                   std::int64_t at);

/// Reads of records as they stood once. What is hidden from the caller now was never there for
/// them, and names beside ids are those of the time.
struct PastRoutes {
    const Registry& registry;
    EventStore& store;
    Lists& lists;
    Past& past;
    LogMoments moments;

    [[nodiscard]] Result<Response> read(const Kind& kind, const Request& request,
                                        std::int64_t at) const;
    [[nodiscard]] Result<Response> list(const Kind& kind, const Request& request,
                                        std::int64_t at) const;
    /// What changed between two: GET /{kind}/{id}/diff.
    [[nodiscard]] Result<Response> diff(const Kind& kind, const Request& request) const;

    /// The row of /diff of every kind.
    [[nodiscard]] Routes rows() const;

  private:
    [[nodiscard]] std::string record_at(const Kind& kind, const Request& request,
                                        const StreamHead& then, std::int64_t at) const;
};

/// Its component: RecordDiff.
[[nodiscard]] JsonObject past_components();

} // namespace throughline
