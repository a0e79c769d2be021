#include "tests/support/cutting_proxy.hpp"

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <libpq-fe.h>
#include <list>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <string_view>
#include <sys/socket.h>
#include <sys/un.h>
#include <system_error>
#include <thread>
#include <unistd.h>

namespace throughline {
namespace {

using namespace std::string_view_literals;

// In a Bind message (protocol 3.0): no portal's name, then the prepared statement's. In a Parse
// message no zero byte stands before it.
constexpr auto bound_append = "\0append_batch\0"sv;

constexpr int look_every = 100; // milliseconds, at whether the proxy ends

class Socket {
  public:
    explicit Socket(int number) : number_(number) {
        if (number < 0) throw std::system_error(errno, std::generic_category(), "socket");
    }
    ~Socket() { ::close(number_); }
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;
    [[nodiscard]] int number() const { return number_; }

    /// What is there; empty at the end.
    std::string receive() const {
        std::array<char, 65536> buffer{};
        const auto count = ::recv(number_, buffer.data(), buffer.size(), 0);
        return {buffer.data(), count > 0 ? static_cast<std::size_t>(count) : 0};
    }
    bool send(std::string_view bytes) const {
        while (!bytes.empty()) {
            const auto sent = ::send(number_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent < 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }

  private:
    int number_;
};

template <class Address> const sockaddr* generic(const Address& address) {
    return reinterpret_cast<const sockaddr*>(&address);
}

std::string setting(const std::string& url, std::string_view name) {
    const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> parsed(
        PQconninfoParse(url.c_str(), nullptr), &PQconninfoFree);
    if (!parsed) throw std::runtime_error("not a database URL: " + url);
    for (const PQconninfoOption* option = parsed.get(); option->keyword != nullptr; ++option)
        if (option->keyword == name && option->val != nullptr) return option->val;
    return {};
}

sockaddr_in any_loopback_port() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

sockaddr_un socket_of(const std::string& url) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = setting(url, "host") + "/.s.PGSQL.5432";
    if (path.size() >= sizeof address.sun_path) throw std::runtime_error(path + " is too long");
    std::memcpy(address.sun_path, path.c_str(), path.size());
    return address;
}

/// Whether an answer is complete: ReadyForQuery, which follows the commit, is its last message.
bool is_complete(const std::string& answer) {
    return answer.size() >= 6 && answer.substr(answer.size() - 6, 5) == "Z\0\0\0\5"sv;
}

} // namespace

struct CuttingProxy::State {
    std::string login; // user@
    std::string database;
    sockaddr_un postgres{};
    Socket listener{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    std::uint16_t port = 0;
    std::atomic<bool> stopping = false;
    std::atomic<bool> cut = false;
    std::atomic<int> cuts = 0;
    std::list<std::thread> sessions;
    std::thread accepting;

    void accept() {
        pollfd waiting{listener.number(), POLLIN, 0};
        while (!stopping)
            if (::poll(&waiting, 1, look_every) > 0)
                sessions.emplace_back([this, client = ::accept4(listener.number(), nullptr, nullptr,
                                                                SOCK_CLOEXEC)] { serve(client); });
    }

    void serve(int accepted) {
        const Socket client(accepted);
        const Socket server(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        if (::connect(server.number(), generic(postgres), sizeof postgres) != 0) return;
        bool cutting = false;
        std::string withheld;
        std::array<pollfd, 2> waiting{pollfd{client.number(), POLLIN, 0},
                                      pollfd{server.number(), POLLIN, 0}};
        while (!stopping) {
            if (::poll(waiting.data(), waiting.size(), look_every) <= 0) continue;
            if (waiting[0].revents != 0) {
                const std::string said = client.receive();
                if (said.find(bound_append) != std::string::npos && cut.exchange(false))
                    cutting = true;
                if (said.empty() || !server.send(said)) return;
            }
            if (waiting[1].revents != 0) {
                const std::string said = server.receive();
                if (said.empty() || (!cutting && !client.send(said))) return;
                if (cutting && is_complete(withheld += said)) {
                    ++cuts;
                    return;
                }
            }
        }
    }
};

CuttingProxy::CuttingProxy(const std::string& url) : state_(std::make_unique<State>()) {
    state_->login = setting(url, "user") + "@";
    state_->database = setting(url, "dbname");
    state_->postgres = socket_of(url);
    sockaddr_in address = any_loopback_port();
    socklen_t size = sizeof address;
    if (::bind(state_->listener.number(), generic(address), size) != 0 ||
        ::listen(state_->listener.number(), 100) != 0 ||
        ::getsockname(state_->listener.number(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
        throw std::system_error(errno, std::generic_category(), "listen");
    state_->port = ntohs(address.sin_port);
    state_->accepting = std::thread([state = state_.get()] { state->accept(); });
}

CuttingProxy::~CuttingProxy() {
    state_->stopping = true;
    state_->accepting.join();
    for (std::thread& session : state_->sessions) session.join();
}

std::string CuttingProxy::url() const {
    return "postgresql://" + state_->login + "127.0.0.1:" + std::to_string(state_->port) + "/" +
           state_->database + "?sslmode=disable";
}

void CuttingProxy::cut_next() { state_->cut = true; }

int CuttingProxy::cuts() const { return state_->cuts; }

} // namespace throughline
