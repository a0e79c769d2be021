#include "api/tls.hpp"

#include <fmt/format.h>
#include <openssl/ssl.h>

#include <array>
#include <stdexcept>
#include <string>

namespace throughline {

namespace asio = boost::asio;

namespace {

constexpr const char* ciphers_of_1_2 = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr std::array<unsigned char, 9> http_1_1{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

[[noreturn]] void fail(const char* variable, const std::filesystem::path& file,
                       const boost::system::error_code& why) {
    throw std::runtime_error(
        fmt::format("{}: {} cannot be used: {}", variable, file.string(), why.message()));
}

/// RFC 7301: a client that speaks other protocols alone is refused.
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* size,
                    const unsigned char* offered, unsigned int offered_size, void*) {
    unsigned char* common = nullptr;
    if (SSL_select_next_proto(&common, size, http_1_1.data(), http_1_1.size(), offered,
                              offered_size) != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *chosen = common;
    return SSL_TLSEXT_ERR_OK;
}

} // namespace

std::shared_ptr<asio::ssl::context> tls_context(const std::filesystem::path& certificate,
                                                const std::filesystem::path& key) {
    auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
    SSL_CTX* const native = context->native_handle();
    SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
    SSL_CTX_set_options(native, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                    SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_alpn_select_cb(native, choose_protocol, nullptr);
    if (SSL_CTX_set_cipher_list(native, ciphers_of_1_2) != 1)
        throw std::runtime_error("OpenSSL has none of the ciphers of TLS 1.2");
    boost::system::error_code fault;
    context->use_certificate_chain_file(certificate.string(), fault);
    if (fault) fail("TLS_CERT", certificate, fault);
    context->use_private_key_file(key.string(), asio::ssl::context::pem, fault);
    if (fault) fail("TLS_KEY", key, fault);
    if (SSL_CTX_check_private_key(native) != 1)
        throw std::runtime_error("TLS_KEY is not the key of the certificate in TLS_CERT");
    return context;
}

} // namespace throughline
