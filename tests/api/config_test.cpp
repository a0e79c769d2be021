#include "api/config.hpp"

#include <doctest/doctest.h>

namespace throughline {

TEST_CASE("links and webhooks begin with what was named, else with the server's own address") {
    Config config;
    config.bind = "127.0.0.1";
    config.port = 9000;
    CHECK(config.link_base() == "http://127.0.0.1:9000");
    CHECK(config.hook_base() == "http://127.0.0.1:9000");
    config.tls_cert = "chain.pem";
    CHECK(config.link_base() == "https://127.0.0.1:9000");
    config.frontend_url = "https://app.example.com";
    CHECK(config.link_base() == "https://app.example.com");
    CHECK(config.hook_base() == "https://127.0.0.1:9000"); // a web application takes no webhooks
    config.backend_url = "https://api.example.com";
    CHECK(config.link_base() == "https://app.example.com");
    CHECK(config.hook_base() == "https://api.example.com");
    config.webhook_base_url = "https://hooks.example.com";
    CHECK(config.hook_base() == "https://hooks.example.com");
}

} // namespace throughline
