#include "api/config.hpp"

#include <doctest/doctest.h>

#include <map>

namespace throughline {

TEST_CASE("blanks may stand around the commas of any setting that is a list") {
    const std::map<std::string, std::string> environment = {
        {"THROUGHLINE_JWT_ROLE_CLAIM", "app.role, role"},
        {"THROUGHLINE_HTTP_ALLOW_PRIVATE", "10.0.0.0/8, ::1"},
        {"THROUGHLINE_RATE_LIMITS", "ai=100, rest=20000"},
        {"THROUGHLINE_CORS_ORIGINS", "https://a.example.com, https://b.example.com"},
        {"THROUGHLINE_TRUSTED_PROXIES", "10.0.0.1 , 10.0.0.2\n"},
        {"THROUGHLINE_ROLES", " api, relay"},
    };
    std::vector<ConfigFault> faults;
    const Config config = read_config(
        [&](const std::string& name) {
            const auto found = environment.find(name);
            return found == environment.end() ? std::nullopt : std::optional(found->second);
        },
        faults);
    for (const ConfigFault& fault : faults) FAIL_CHECK(fault.variable << ' ' << fault.detail);
    using Texts = std::vector<std::string>;
    CHECK(config.external_tokens.role_claims == Texts{"app.role", "role"});
    CHECK(config.http_allow_private.size() == 2);
    CHECK(config.request_quotas.ai == 100);
    CHECK(config.request_quotas.rest == 20000);
    CHECK(config.cors_origins == Texts{"https://a.example.com", "https://b.example.com"});
    CHECK(config.trusted_proxies == Texts{"10.0.0.1", "10.0.0.2"});
    CHECK(config.roles == std::set<std::string>{"api", "relay"});
}

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
