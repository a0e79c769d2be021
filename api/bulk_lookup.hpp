#pragma once
#include "handlers/bulk/lookup.hpp"
#include "projections/lists.hpp"

namespace throughline {

/// What bulk changes ask of the lists: handlers and projections meet here.
class ListBulkLookup : public BulkLookup {
  public:
    explicit ListBulkLookup(Lists& lists) : lists_(lists) {}

    Result<std::vector<Uuid>> find(const Uuid& tenant, const Caller& caller, const Kind& kind,
                                   const JsonObject& filter, std::size_t most) override {
        auto filters = read_filter_body(kind, filter, "/filter");
        if (!filters) return filters.error();
        ListRequest request;
        request.filters = std::move(*filters);
        return lists_.ids(tenant, caller, kind, request, most);
    }

  private:
    Lists& lists_;
};

} // namespace throughline
