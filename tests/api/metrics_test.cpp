#include "api/metrics.hpp"

#include <array>
#include <doctest/doctest.h>

namespace throughline {

TEST_CASE("samples of a family stand together under one head") {
    MetricsText out;
    out.gauge("lag", "How far behind.", 2, {{"projection", "a\"b\\c\nd"}});
    out.gauge("head", "Where the log ends.", 12);
    out.gauge("lag", "How far behind.", 0.5, {{"projection", "x"}});
    CHECK(out.text() == "# HELP head Where the log ends.\n# TYPE head gauge\nhead 12\n"
                        "# HELP lag How far behind.\n# TYPE lag gauge\n"
                        "lag{projection=\"a\\\"b\\\\c\\nd\"} 2\nlag{projection=\"x\"} 0.5\n");
}

TEST_CASE("buckets of a histogram add up") {
    MetricsText out;
    const std::array bounds{0.1, 1.0};
    const std::array<std::uint64_t, 3> counts{3, 2, 1};
    out.histogram("seconds", "Time.", bounds, counts, 4.5);
    CHECK(
        out.text() ==
        "# HELP seconds Time.\n# TYPE seconds histogram\n"
        "seconds_bucket{le=\"0.1\"} 3\nseconds_bucket{le=\"1\"} 5\nseconds_bucket{le=\"+Inf\"} 6\n"
        "seconds_sum 4.5\nseconds_count 6\n");
}

TEST_CASE("a collector that fails costs its own samples alone") {
    Metrics metrics;
    metrics.on_collect([](MetricsText& out) { out.gauge("first", "", 1); });
    metrics.on_collect([](MetricsText&) { throw std::runtime_error("no"); });
    metrics.on_collect([](MetricsText& out) { out.gauge("last", "", 1); });
    const std::string text = metrics.scrape();
    CHECK(text.find("first 1\n") != std::string::npos);
    CHECK(text.find("last 1\n") != std::string::npos);
}

} // namespace throughline
