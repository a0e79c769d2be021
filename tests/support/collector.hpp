#pragma once
#include "bus/subscription.hpp"
#include "tests/support/test_log.hpp"

#include <functional>
#include <string>
#include <vector>

namespace throughline {

/// A consumer that writes what it gets into a table of its own, in the order in which it gets it.
class Collector : public Consumer {
  public:
    /// Called with each event after its row was written.
    using Hook = std::function<void(pqxx::transaction_base&, const StoredEvent&)>;

    Collector(TestLog& log, std::string name, Hook hook = {})
        : log_(log), name_(std::move(name)), hook_(std::move(hook)) {
        log_.sql("create table if not exists " + name_ +
                 " (number bigserial, position bigint primary key, event text not null);"
                 " grant all on " +
                 name_ + ", " + name_ + "_number_seq to throughline_system");
    }

    [[nodiscard]] std::string name() const override { return name_; }

    void apply(pqxx::transaction_base& transaction, std::span<const StoredEvent> events) override {
        for (const StoredEvent& event : events) {
            transaction.exec_params("insert into " + name_ + " (position, event) values ($1, $2)",
                                    event.position,
                                    to_cloudevent(event) + meta_text(event.origin, event.links) +
                                        to_rfc3339(event.recorded_at));
            if (hook_) hook_(transaction, event);
        }
    }

    [[nodiscard]] std::vector<std::int64_t> positions() {
        std::vector<std::int64_t> read;
        for (const auto& row : log_.sql("select position from " + name_ + " order by number"))
            read.push_back(row[0].as<std::int64_t>());
        return read;
    }
    /// One text for all that was collected.
    [[nodiscard]] std::string digest() {
        return log_.sql("select md5(string_agg(event, '' order by number)) from " + name_)[0][0]
            .c_str();
    }

  private:
    TestLog& log_;
    std::string name_;
    Hook hook_;
};

/// from, from + 1, …, to.
inline std::vector<std::int64_t> all_between(std::int64_t from, std::int64_t to) {
    std::vector<std::int64_t> all;
    for (; from <= to; ++from) all.push_back(from);
    return all;
}

} // namespace throughline
