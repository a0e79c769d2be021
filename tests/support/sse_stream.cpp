#include "tests/support/sse_stream.hpp"
#include "tests/support/curl_request.hpp"

#include <sstream>
#include <stdexcept>

namespace throughline {

using Clock = std::chrono::steady_clock;

struct SseStream::Transfer : CurlRequest {
    CURLM* multi = curl_multi_init();
    bool open = true;

    Transfer(const std::string& url, const HttpHeaders& headers) {
        prepare("GET", url, headers);
        curl_multi_add_handle(multi, handle);
    }
    ~Transfer() {
        curl_multi_remove_handle(multi, handle);
        curl_multi_cleanup(multi);
    }

    /// Moves bytes until the condition holds, the server ends the stream or the time is over.
    template <class Condition> void pump(Condition done, Clock::time_point deadline) {
        while (open && !done() && Clock::now() < deadline) {
            int running = 0;
            curl_multi_perform(multi, &running);
            open = running > 0;
            if (open && !done()) curl_multi_poll(multi, nullptr, 0, 50, nullptr);
        }
    }

    [[nodiscard]] std::size_t message_end() const { return reply.body.find("\n\n"); }
};

namespace {

SseMessage message_of(const std::string& block) {
    SseMessage message;
    bool first = true;
    std::istringstream lines(block);
    for (std::string line; std::getline(lines, line);) {
        const auto colon = line.find(':');
        if (colon == std::string::npos || colon == 0) continue;
        const auto name = line.substr(0, colon);
        auto value = line.substr(colon + 1);
        if (value.starts_with(' ')) value.erase(0, 1);
        if (name == "id") message.id = value;
        if (name == "event") message.event = value;
        if (name != "data") continue;
        message.data += (first ? "" : "\n") + value;
        first = false;
    }
    return message;
}

} // namespace

SseStream::SseStream(const std::string& url, const HttpHeaders& headers)
    : transfer_(std::make_unique<Transfer>(url, headers)) {
    const auto answered = [this] { return !transfer_->reply.headers.empty(); };
    transfer_->pump(answered, Clock::now() + std::chrono::seconds(60));
    if (!answered()) throw std::runtime_error(url + " does not answer");
}

SseStream::~SseStream() = default;

const HttpReply& SseStream::reply() const { return transfer_->reply; }

std::optional<SseMessage> SseStream::next(std::chrono::milliseconds within) {
    const auto deadline = Clock::now() + within;
    for (;;) {
        transfer_->pump([this] { return transfer_->message_end() != std::string::npos; }, deadline);
        const auto end = transfer_->message_end();
        if (end == std::string::npos) return std::nullopt;
        auto message = message_of(transfer_->reply.body.substr(0, end + 1));
        transfer_->reply.body.erase(0, end + 2);
        if (!message.data.empty() || !message.event.empty()) return message;
    }
}

bool SseStream::ended(std::chrono::milliseconds within) {
    transfer_->pump([] { return false; }, Clock::now() + within);
    return !transfer_->open;
}

} // namespace throughline
