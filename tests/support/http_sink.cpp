#include "tests/support/http_sink.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <netinet/in.h>
#include <sstream>
#include <strings.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace throughline {

namespace {

int listen_on_loopback(const std::string& address, std::uint16_t& port) {
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    ::inet_pton(AF_INET, address.c_str(), &at.sin_addr);
    socklen_t size = sizeof at;
    if (::bind(listener, reinterpret_cast<const sockaddr*>(&at), size) != 0 ||
        ::listen(listener, 64) != 0 ||
        ::getsockname(listener, reinterpret_cast<sockaddr*>(&at), &size) != 0)
        throw std::system_error(errno, std::generic_category(), "listen on " + address);
    port = ntohs(at.sin_port);
    return listener;
}

/// False at the end.
bool receive(int connection, std::string& into) {
    std::array<char, 65536> buffer{};
    const auto count = ::recv(connection, buffer.data(), buffer.size(), 0);
    if (count > 0) into.append(buffer.data(), static_cast<std::size_t>(count));
    return count > 0;
}

SunkRequest read_head(const std::string& head) {
    SunkRequest request;
    std::istringstream lines(head);
    std::string line;
    std::getline(lines, line);
    std::istringstream(line) >> request.method >> request.target;
    while (std::getline(lines, line) && line.size() > 1) {
        const auto colon = line.find(':');
        const auto value = line.find_first_not_of(' ', colon + 1);
        request.headers.emplace_back(line.substr(0, colon),
                                     line.substr(value, line.size() - 1 - value));
    }
    return request;
}

void send_all(int connection, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto sent = ::send(connection, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0) return;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

} // namespace

std::string SunkRequest::header(std::string_view name) const {
    const auto found = std::ranges::find_if(headers, [&](const auto& one) {
        return one.first.size() == name.size() &&
               strncasecmp(one.first.data(), name.data(), name.size()) == 0;
    });
    return found == headers.end() ? "" : found->second;
}

HttpSink::HttpSink(Answer answer, const std::string& address)
    : answer_(std::move(answer)), listener_(listen_on_loopback(address, port_)),
      thread_([this] { run(); }) {}

HttpSink::~HttpSink() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
}

std::string HttpSink::url(const std::string& path, const std::string& host) const {
    return "http://" + host + ":" + std::to_string(port_) + path;
}

std::vector<SunkRequest> HttpSink::requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
}

std::size_t HttpSink::count() const {
    const std::lock_guard lock(mutex_);
    return requests_.size();
}

void HttpSink::run() {
    for (;;) {
        const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (connection < 0) return;
        serve(connection);
        ::close(connection);
    }
}

void HttpSink::serve(int connection) {
    std::string received;
    std::size_t end = std::string::npos;
    while ((end = received.find("\r\n\r\n")) == std::string::npos)
        if (!receive(connection, received)) return;
    SunkRequest request = read_head(received.substr(0, end + 4));
    const std::string length = request.header("Content-Length");
    const std::size_t size = length.empty() ? 0 : std::stoul(length);
    while (received.size() < end + 4 + size)
        if (!receive(connection, received)) return;
    request.body = received.substr(end + 4, size);
    {
        const std::lock_guard lock(mutex_);
        requests_.push_back(request);
    }
    const std::string answer = answer_(request);
    send_all(connection, answer);
    if (!answer.empty()) ::shutdown(connection, SHUT_WR);
    while (receive(connection, received)) {
    }
}

std::string http_answer(int status, const std::string& body, const std::string& more_headers) {
    return "HTTP/1.1 " + std::to_string(status) +
           " X\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + more_headers + "\r\n" +
           body;
}

} // namespace throughline
