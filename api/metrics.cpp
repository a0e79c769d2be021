#include "api/metrics.hpp"

#include "bus/database.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace throughline {

namespace {

std::string number(double value) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
    return fmt::format("{}", value);
}

void append_label(std::string& out, std::string_view name, std::string_view value) {
    out += out.empty() ? '{' : ',';
    out += name;
    out += "=\"";
    for (const char c : value) {
        if (c == '\n') {
            out += "\\n";
            continue;
        }
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    out += '"';
}

std::string label_text(const MetricLabels& labels, std::string_view bound = {}) {
    std::string out;
    for (const auto& [name, value] : labels) append_label(out, name, value);
    if (!bound.empty()) append_label(out, "le", bound);
    return out.empty() ? out : out + '}';
}

void append_sample(std::string& out, std::string_view name, std::string_view labels, double value) {
    fmt::format_to(std::back_inserter(out), "{}{} {}\n", name, labels, number(value));
}

} // namespace

std::string& MetricsText::family(const std::string& name, std::string_view help,
                                 std::string_view type) {
    std::string& lines = families_[name];
    if (lines.empty()) lines = fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n", name, help, type);
    return lines;
}

void MetricsText::gauge(const std::string& name, std::string_view help, double value,
                        const MetricLabels& labels) {
    append_sample(family(name, help, "gauge"), name, label_text(labels), value);
}

void MetricsText::counter(const std::string& name, std::string_view help, double value,
                          const MetricLabels& labels) {
    append_sample(family(name, help, "counter"), name, label_text(labels), value);
}

void MetricsText::histogram(const std::string& name, std::string_view help,
                            std::span<const double> bounds, std::span<const std::uint64_t> counts,
                            double sum, const MetricLabels& labels) {
    std::string& lines = family(name, help, "histogram");
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < counts.size(); ++i) {
        total += counts[i];
        const std::string bound = i < bounds.size() ? number(bounds[i]) : "+Inf";
        append_sample(lines, name + "_bucket", label_text(labels, bound),
                      static_cast<double>(total));
    }
    append_sample(lines, name + "_sum", label_text(labels), sum);
    append_sample(lines, name + "_count", label_text(labels), static_cast<double>(total));
}

std::string MetricsText::text() const {
    std::string out;
    for (const auto& [name, lines] : families_) out += lines;
    return out;
}

HttpMetrics::HttpMetrics(std::size_t routes) {
    for (std::size_t i = 0; i <= routes; ++i) rows_.push_back(std::make_unique<Row>());
}

void HttpMetrics::record(std::size_t route, int status, std::chrono::steady_clock::duration taken) {
    Row& row = *rows_[std::min(route, rows_.size() - 1)];
    const auto order = std::memory_order_relaxed;
    row.by_status[static_cast<std::size_t>(std::clamp(status, 100, 599) - 100)].fetch_add(1, order);
    const double seconds = std::chrono::duration<double>(taken).count();
    const auto bucket = std::ranges::lower_bound(bounds, seconds) - bounds.begin();
    row.buckets[static_cast<std::size_t>(bucket)].fetch_add(1, order);
    const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(taken).count();
    row.microseconds.fetch_add(static_cast<std::uint64_t>(micros), order);
}

void HttpMetrics::write(MetricsText& out, const Routes& routes) const {
    for (std::size_t i = 0; i < rows_.size(); ++i) {
        const Row& row = *rows_[i];
        const bool matched = i < routes.size();
        const std::string route = matched ? routes[i].path : "unmatched";
        const std::string method = matched ? routes[i].method : "any";
        for (std::size_t s = 0; s < row.by_status.size(); ++s)
            if (const auto count = row.by_status[s].load(); count != 0)
                out.counter(
                    "http_requests_total", "Requests answered.", static_cast<double>(count),
                    {{"method", method}, {"route", route}, {"status", std::to_string(s + 100)}});
        std::vector<std::uint64_t> counts(row.buckets.begin(), row.buckets.end());
        if (std::ranges::any_of(counts, [](std::uint64_t count) { return count != 0; }))
            out.histogram("http_request_seconds", "Time from the head of a request to its answer.",
                          bounds, counts, static_cast<double>(row.microseconds.load()) / 1e6,
                          {{"method", method}, {"route", route}});
    }
}

void Metrics::on_collect(std::function<void(MetricsText&)> collect) {
    const std::lock_guard lock(mutex_);
    collectors_.push_back(std::move(collect));
}

std::string Metrics::scrape() {
    const std::lock_guard lock(mutex_);
    MetricsText out;
    for (const auto& collect : collectors_) {
        try {
            collect(out);
        } catch (const std::exception& fault) {
            spdlog::warn("metrics are incomplete: {}", fault_text(fault));
        }
    }
    return out.text();
}

} // namespace throughline
