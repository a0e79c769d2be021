#pragma once
#include "handlers/automation/records_as_of.hpp"
#include "projections/past.hpp"

namespace throughline {

/// Answers what rules ask of the past.
class PastRecords : public RecordsAsOf {
  public:
    explicit PastRecords(Past& past) : past_(past) {}
    [[nodiscard]] std::vector<StreamHead> heads(const Uuid& tenant,
                                                std::span<const StreamMoment> moments) override {
        return past_.heads(tenant, moments);
    }

  private:
    Past& past_;
};

} // namespace throughline
