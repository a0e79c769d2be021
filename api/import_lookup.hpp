#pragma once
#include "bus/checkpoints.hpp"
#include "handlers/import/lookup.hpp"
#include "projections/lists.hpp"

namespace throughline {

/// What imports ask of the lists: handlers and projections meet here.
class ListLookup : public ImportLookup {
  public:
    ListLookup(Lists& lists, Checkpoints& checkpoints) : lists_(lists), checkpoints_(checkpoints) {}

    std::vector<Uuid> find_by_email(const Uuid& tenant, const Caller& caller, const Kind& kind,
                                    const std::vector<std::string>& values) override {
        return lists_.find_by_email(tenant, caller, kind, values);
    }
    std::vector<Uuid> find_by_external_id(const Uuid& tenant, const Caller& caller,
                                          const Kind& kind,
                                          const std::vector<std::string>& values) override {
        return lists_.find_by_external_id(tenant, caller, kind, values);
    }
    bool wait_until_listed(const Kind& kind, std::int64_t position,
                           std::chrono::milliseconds limit) override {
        return checkpoints_.wait(ListProjection(kind).name(), position, limit) >= position;
    }

  private:
    Lists& lists_;
    Checkpoints& checkpoints_;
};

} // namespace throughline
