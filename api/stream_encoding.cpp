#include "api/stream_encoding.hpp"

#include <fmt/format.h>

#include <iterator>

namespace throughline {

namespace {

template <class... Values>
void append(std::string& out, fmt::format_string<Values...> format, Values&&... values) {
    fmt::format_to(std::back_inserter(out), format, std::forward<Values>(values)...);
}

class ServerSentEvents final : public StreamEncoding {
    void open(std::string& out, std::optional<std::int64_t> position) const override {
        out += ": open\n\n";
        if (position) append(out, "event: heartbeat\nid: {}\n\n", *position);
    }
    void event(std::string& out, const StoredEvent& event) const override {
        append(out, "id: {}\ndata: {}\n\n", event.position, to_cloudevent(event));
    }
    void heartbeat(std::string& out, std::int64_t position) const override {
        append(out, "event: heartbeat\nid: {}\ndata: {{}}\n\n", position);
    }
    void closed(std::string& out, std::string_view problem) const override {
        append(out, "event: closed\ndata: {}\n\n", problem);
    }
};

class WebSocketMessages final : public StreamEncoding {
    void open(std::string& out, std::optional<std::int64_t> position) const override {
        if (position) heartbeat(out, *position);
    }
    void event(std::string& out, const StoredEvent& event) const override {
        append(out, R"({{"type":"event","position":{},"event":{}}})", event.position,
               to_cloudevent(event));
        out += '\n';
    }
    void heartbeat(std::string& out, std::int64_t position) const override {
        append(out, R"({{"type":"heartbeat","position":{}}})", position);
        out += '\n';
    }
    void closed(std::string& out, std::string_view problem) const override {
        append(out, R"({{"type":"closed","problem":{}}})", problem);
        out += '\n';
    }
};

} // namespace

const StreamEncoding& server_sent_events() {
    static const ServerSentEvents encoding;
    return encoding;
}

const StreamEncoding& websocket_messages() {
    static const WebSocketMessages encoding;
    return encoding;
}

} // namespace throughline
