#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace throughline {

/// A TCP connection to 127.0.0.1 for requests that no client library would send.
class RawConnection {
  public:
    explicit RawConnection(std::uint16_t port);
    ~RawConnection();
    RawConnection(const RawConnection&) = delete;
    RawConnection& operator=(const RawConnection&) = delete;

    /// False when the server has closed the connection.
    bool send(std::string_view bytes);
    /// Ends our side; the server's answer can still be read.
    void finish_sending();
    /// Ends both sides at once (RST): what is on its way is lost, and nothing can be sent any more.
    void reset();
    /// What arrives until the server closes the connection or the time is over.
    [[nodiscard]] std::string
    read_to_end(std::chrono::milliseconds within = std::chrono::seconds(60));
    /// What arrives up to and including `mark`, or until the end as above.
    [[nodiscard]] std::string
    read_until(std::string_view mark, std::chrono::milliseconds within = std::chrono::seconds(60));

  private:
    /// False at the end or when the time is over.
    bool receive(std::chrono::steady_clock::time_point deadline);

    int socket_;
    std::string received_;
};

} // namespace throughline
