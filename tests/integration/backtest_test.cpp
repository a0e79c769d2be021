#include "handlers/automation/backtests.hpp"

#include "tests/support/house.hpp"
#include "tests/support/seen_events.hpp"

#include <doctest/doctest.h>
#include <pqxx/pqxx>

using namespace throughline;

namespace {

struct Backtesting : HouseWorld {
    SeenEvents seen{*this};
    LogIndex index{system};

    /// A rule that rings at a schedule.
    [[nodiscard]] RulePtr rings(const std::string& cron, const std::string& does) const {
        CompiledRule rule;
        rule.tenant = tenant;
        rule.id = new_id();
        rule.version = 1;
        rule.is_enabled = true;
        rule.trigger = JsonObject{{"type", "cron"}, {"cron", cron}};
        rule.actions = rules::check_actions(parse_json(does)).value();
        return std::make_shared<const CompiledRule>(std::move(rule));
    }
    [[nodiscard]] BacktestResult tried(const RulePtr& rule, const BacktestSpan& span) {
        return backtest(store, index, registry, seen.contexts, rule, nullptr, span,
                        [](double, const BacktestResult&) { return true; });
    }
    /// Times alone: there is nothing in the log that the rule waits for.
    static BacktestSpan times(const std::string& from, const std::string& to) {
        BacktestSpan span;
        span.from = parse_rfc3339(from).value();
        span.to = parse_rfc3339(to).value();
        return span;
    }
};

/// Jobs, which all fail, since there is no rule that they ask for.
struct Jobs : Backtesting {
    RuleVersions versions{store};
    Backtests backtests{{system, store, registry, versions, index, seen.contexts}};

    [[nodiscard]] Result<Uuid> order(const Uuid& of) const {
        return backtests.order({of, new_id(), 1, {}, now(), now()});
    }
    [[nodiscard]] std::string status(const Uuid& of, const Uuid& id) const {
        const auto job = backtests.find(of, id);
        return job ? Json(*job).text("status") : "none";
    }
    bool run_one() {
        return backtests.run_one([] { return true; });
    }
};

/// What the first action of a fire is given.
const Json& given(const Json& fire) {
    return *fire.find("actions")->array()->front().find("rendered");
}

} // namespace

TEST_CASE_FIXTURE(Backtesting, "what fires are given is listed as far as there is room for it") {
    const std::string text(200'000, 'x');
    const std::string action = R"({"type":"queue.enqueue","queue":"q","payload":[")" + text +
                               "\",\"" + text + "\",\"" + text + "\"]}";
    const BacktestResult result = tried(rings("0 8 * * *", "[" + action + "," + action + "]"),
                                        times("2026-01-01T00:00:00Z", "2026-01-31T23:00:00Z"));
    CHECK(result.matched == 31);
    REQUIRE(result.fires.size() == 31);
    CHECK(given(result.fires.front()).find("payload") != nullptr);
    CHECK(to_text(given(result.fires.back())) == R"({"truncated":true})");
    CHECK(result.fires.back().find("actions")->array()->size() == 2);
    CHECK(to_text(Json(result.fires)).size() < 9U << 20);
}

TEST_CASE_FIXTURE(Backtesting,
                  "a schedule is tried as far as it has rung, and says where it stops") {
    const auto* const does = R"([{"type":"delay","for":"1d"}])";
    const Time today = std::chrono::floor<std::chrono::days>(now());
    BacktestSpan span;
    span.from = today - std::chrono::days(3);
    span.to = today + std::chrono::days(365);
    const BacktestResult past_alone = tried(rings("0 0 * * *", does), span);
    CHECK(past_alone.matched >= 4); // three days ago to today, and to tomorrow if that has come
    CHECK(past_alone.matched <= 5);
    CHECK(past_alone.warnings.empty());

    span = times("2026-01-01T00:00:00Z", "2026-01-31T23:00:00Z");
    span.most_rings = 31;
    CHECK(tried(rings("0 8 * * *", does), span).warnings.empty());
    span.most_rings = 30;
    const BacktestResult cut = tried(rings("0 8 * * *", does), span);
    CHECK(cut.matched == 30);
    REQUIRE(cut.warnings.size() == 1);
    CHECK(cut.warnings.front().text("detail") ==
          "It rang 30 times: those from 2026-01-31T08:00:00.000000Z on are left out.");
}

TEST_CASE_FIXTURE(Jobs, "a tenant has ten open backtests at most, and holds up no other's") {
    const Uuid other = new_id();
    std::vector<Uuid> ids;
    for (int i = 0; i < 10; ++i) ids.push_back(order(tenant).value());
    const auto refused = order(tenant);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().refusal == Refusal::conflict);
    CHECK(run_one());
    CHECK(status(tenant, ids[0]) == "failed");
    CHECK(order(tenant).has_value());
    const Uuid others = order(other).value();
    CHECK(run_one());
    CHECK(status(other, others) == "failed");
    CHECK(status(tenant, ids[1]) == "queued");
    CHECK(run_one());
    CHECK(status(tenant, ids[1]) == "failed");
}

TEST_CASE_FIXTURE(Jobs, "backtests that were done long ago are removed") {
    const Uuid done = order(tenant).value();
    CHECK(run_one());
    CHECK_FALSE(run_one());
    const Uuid open = order(tenant).value();
    const auto age = [&](const char* days) {
        system.write({}, [&](pqxx::transaction_base& transaction) {
            transaction.exec_params0("update automation_backtests set due_at = now() -"
                                     " make_interval(days => $1::int)",
                                     days);
        });
    };
    age("29");
    backtests.sweep();
    CHECK(status(tenant, done) == "failed");
    age("31");
    backtests.sweep();
    CHECK(status(tenant, done) == "none");
    CHECK(status(tenant, open) == "queued");
}
