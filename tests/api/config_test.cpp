#include "api/config.hpp"

#include "api/http_server.hpp"
#include "bus/kafka_settings.hpp"
#include "handlers/automation/run_steps.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <sstream>

namespace throughline {
namespace {

using Variables = std::map<std::string, std::string>;

/// Of an environment in which nothing is wrong.
Config config_of(const Variables& environment) {
    std::vector<ConfigFault> faults;
    const Config config = read_config(
        [&](const std::string& name) {
            const auto found = environment.find(name);
            return found == environment.end() ? std::nullopt : std::optional(found->second);
        },
        faults);
    for (const ConfigFault& fault : faults) FAIL_CHECK(fault.variable << ' ' << fault.detail);
    return config;
}

/// The variables that the help has, with the defaults that it shows of them; empty: none.
Variables shown_defaults() {
    const std::string mark = " (default ";
    Variables defaults;
    std::istringstream help(config_help());
    for (std::string line; std::getline(help, line);) {
        if (!line.starts_with("  ")) continue;
        const auto begin = line.rfind(mark);
        defaults[line.substr(2, line.find(' ', 2) - 2)] =
            begin == std::string::npos
                ? ""
                : line.substr(begin + mark.size(), line.rfind(')') - begin - mark.size());
    }
    return defaults;
}

} // namespace

TEST_CASE("what the help shows as a default is what holds without the variable") {
    CHECK(config_of({}) == Config());
    const Variables with_mail = {{"SMTP_SERVER", "mail.example.com"}}; // which SMTP_PORT is of
    const Config expected = config_of(with_mail);
    Variables defaults = shown_defaults();
    CHECK(defaults.extract("THROUGHLINE_ROLES").mapped() == "all of them");
    CHECK(Config().roles == server_roles);
    CHECK_FALSE(defaults["PORT"].empty());
    for (const auto& [name, value] : defaults) {
        if (value.empty()) continue;
        CAPTURE(name);
        Variables environment = with_mail;
        environment[name] = value;
        CHECK(config_of(environment) == expected);
    }
}

TEST_CASE("what takes settings has their defaults") {
    const Config config;
    CHECK(HttpServerOptions().address == config.bind);
    CHECK(HttpServerOptions().port == config.port);
    CHECK(HttpServerOptions().workers == config.workers);
    CHECK(HttpServerOptions().readers == config.read_connections);
    CHECK(KafkaSettings().topic == config.kafka_topic);
    CHECK(KafkaSettings().partitions == config.kafka_partitions);
    CHECK(KafkaSettings().replication == config.kafka_replication);
    CHECK(KafkaSettings().retention.count() == config.kafka_retention_ms);
    CHECK(RetryPolicy().attempts == config.run_attempts);
    CHECK(RetryPolicy().first_backoff.count() == config.run_backoff_ms);
}

TEST_CASE("operate.md tells of every setting that is ours alone") {
    std::ifstream file(THROUGHLINE_SOURCE_DIR "/docs/operate.md");
    const std::string text(std::istreambuf_iterator<char>(file), {});
    for (const auto& [name, value] : shown_defaults())
        if (name.starts_with("THROUGHLINE_"))
            CHECK_MESSAGE(text.find(name) != std::string::npos, name);
}

TEST_CASE("blanks may stand around the commas of any setting that is a list") {
    const Config config = config_of({
        {"THROUGHLINE_JWT_ROLE_CLAIM", "app.role, role"},
        {"THROUGHLINE_HTTP_ALLOW_PRIVATE", "10.0.0.0/8, ::1"},
        {"THROUGHLINE_RATE_LIMITS", "ai=100, rest=20000"},
        {"THROUGHLINE_CORS_ORIGINS", "https://a.example.com, https://b.example.com"},
        {"THROUGHLINE_TRUSTED_PROXIES", "10.0.0.1 , 10.0.0.2\n"},
        {"THROUGHLINE_ROLES", " api, relay"},
    });
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
