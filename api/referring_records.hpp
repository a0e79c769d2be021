#pragma once
#include "bus/checkpoints.hpp"
#include "handlers/reference_follower.hpp"
#include "projections/lists.hpp"
#include "projections/referring.hpp"

namespace throughline {

/// What the follower of merges asks of lists and log: handlers and projections meet here.
class ListedReferences : public ReferringRecords {
  public:
    ListedReferences(Database& system, Checkpoints& checkpoints)
        : referring_(system), checkpoints_(checkpoints) {}

    std::vector<Uuid> referring(const Uuid& tenant, const Kind& kind, const Field& field,
                                const Uuid& to, const Uuid& after, std::size_t limit) override {
        return referring_.records(tenant, kind, field, to, after, limit);
    }
    std::int64_t head() override { return referring_.head(); }
    bool wait_until_listed(const Kind& kind, std::int64_t position,
                           std::chrono::milliseconds limit) override {
        return checkpoints_.wait(ListProjection(kind).name(), position, limit) >= position;
    }
    std::vector<StoredEvent> correlated(const Uuid& tenant, const Uuid& correlation,
                                        std::int64_t after, std::size_t limit) override {
        return referring_.correlated(tenant, correlation, after, limit);
    }

  private:
    Referring referring_;
    Checkpoints& checkpoints_;
};

} // namespace throughline
