#pragma once
#include <boost/asio/ssl/context.hpp>
#include <filesystem>
#include <memory>

namespace throughline {

/// What a server shows of itself: TLS 1.2 (RFC 9325's ciphers) and 1.3, HTTP/1.1 alone (ALPN), a
/// certificate chain and its key in PEM. Throws std::runtime_error, naming TLS_CERT or TLS_KEY,
/// where a file cannot be used or the two do not belong together.
[[nodiscard]] std::shared_ptr<boost::asio::ssl::context>
tls_context(const std::filesystem::path& certificate, const std::filesystem::path& key);

} // namespace throughline
