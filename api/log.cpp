#include "api/log.hpp"

#include "domain/json.hpp"
#include "domain/time.hpp"

#include <cstdlib>
#include <exception>
#include <spdlog/formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace throughline {
namespace {

class JsonLines : public spdlog::formatter {
  public:
    void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
        const auto moment = std::chrono::time_point_cast<std::chrono::microseconds>(message.time);
        const std::string_view level(spdlog::level::to_string_view(message.level).data(),
                                     spdlog::level::to_string_view(message.level).size());
        const std::string_view text(message.payload.data(), message.payload.size());
        std::string line = R"({"time":")" + to_rfc3339(Time{moment.time_since_epoch()}) +
                           R"(","level":")" + std::string(level) + "\",";
        if (text.size() > 2 && text.front() == '{' && text.back() == '}') {
            line += text.substr(1);
        } else {
            line += R"("msg":)";
            append_quoted(line, text);
            line += '}';
        }
        line += '\n';
        out.append(line.data(), line.data() + line.size());
    }

    [[nodiscard]] std::unique_ptr<formatter> clone() const override {
        return std::make_unique<JsonLines>();
    }
};

[[noreturn]] void log_and_abort() {
    std::string cause = "terminated";
    try {
        if (const auto fault = std::current_exception()) std::rethrow_exception(fault);
    } catch (const std::exception& fault) {
        cause = fault.what();
    } catch (...) {
        cause = "an exception of an unknown type";
    }
    spdlog::critical("the process ends: {}", cause);
    std::abort();
}

} // namespace

void log_as_json() {
    std::set_terminate(log_and_abort);
    auto logger = spdlog::stderr_logger_mt("throughline");
    logger->set_formatter(std::make_unique<JsonLines>());
    logger->flush_on(spdlog::level::info);
    spdlog::set_default_logger(std::move(logger));
}

} // namespace throughline
