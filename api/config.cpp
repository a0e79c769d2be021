#include "api/config.hpp"

#include "api/client_address.hpp"
#include "api/cross_origin.hpp"
#include "domain/text.hpp"
#include "handlers/secrets/key_ring.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string_view>

namespace throughline {
namespace {

/// Takes a variable's text into the configuration; answers what is wrong with it, or nothing.
using Setter = std::optional<std::string> (*)(Config&, const std::string&);

template <class Number>
std::optional<std::string> whole(const std::string& text, Number least, Number most, Number& into) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < least || value > most)
        return fmt::format("must be a whole number from {} to {}", least, most);
    into = value;
    return std::nullopt;
}

std::optional<std::string> days(const std::string& text, std::int64_t& milliseconds) {
    std::int64_t value = 0;
    auto fault = whole<std::int64_t>(text, 1, 36500, value);
    if (!fault) milliseconds = value * 24 * 3600 * 1000;
    return fault;
}

std::optional<std::string> secret(const std::string& text, std::string& into) {
    if (text.size() < 32) return "must have at least 32 bytes";
    into = text;
    return std::nullopt;
}

std::optional<std::string> web_address(const std::string& text, std::string& into) {
    into = text;
    if (text.starts_with("https://") || text.starts_with("http://")) return std::nullopt;
    return "must begin with https:// or http://";
}

std::optional<std::string> names(const std::string& text, std::vector<std::string>& into) {
    into.clear();
    for (const std::string_view name : comma_parts(text)) {
        if (name.empty()) return "must be names of claims, comma separated";
        into.emplace_back(name);
    }
    return std::nullopt;
}

std::optional<std::string> keys(const std::string& text, std::string& into) {
    into = text;
    const auto ring = KeyRing::read(text);
    return ring ? std::nullopt : std::optional(ring.error().detail);
}

/// Without the slash at its end.
std::optional<std::string> base_url(std::string text, std::string& into) {
    if (!text.starts_with("http://") && !text.starts_with("https://"))
        return "must begin with http:// or https://";
    while (text.ends_with('/')) text.pop_back();
    into = std::move(text);
    return std::nullopt;
}

std::optional<std::string> address(const std::string& text, std::string& into) {
    if (!looks_like_email(text)) return "must be an email address";
    into = text;
    return std::nullopt;
}

std::optional<std::string> smtp_url(const std::string& text, SmtpServer& into) {
    auto server = read_smtp_url(text);
    if (!server) return server.error().detail;
    server->certificates = into.certificates;
    into = std::move(*server);
    return std::nullopt;
}

/// SMTP_URL says it all; else the others put it together.
std::optional<std::string> smtp_host(const std::string& text, SmtpServer& into) {
    if (!into.url.empty()) return "is not for SMTP_URL, which is set too";
    return smtp_url("smtp://" + text, into);
}

std::optional<std::string> smtp_port(const std::string& text, SmtpServer& into) {
    std::uint16_t port = 0;
    if (auto fault = whole<std::uint16_t>(text, 1, 65535, port)) return fault;
    if (into.url.empty()) return "is for SMTP_SERVER, which is not set";
    into.url = into.url.substr(0, into.url.rfind(':') + 1) + text;
    if (port == 465 && into.url.starts_with("smtp:")) into.url.insert(4, "s"); // RFC 8314
    return std::nullopt;
}

std::optional<std::string> file(const std::string& text, std::filesystem::path& into) {
    into = text;
    return std::ifstream(text) ? std::nullopt : std::optional<std::string>("cannot be read");
}

std::optional<std::string> readable(const std::string& text, std::string& into) {
    into = text;
    return std::ifstream(text) ? std::nullopt : std::optional<std::string>("cannot be read");
}

template <class Target> std::optional<std::string> keep(const std::string& text, Target& into) {
    into = text;
    return std::nullopt;
}

struct Variable {
    std::string_view name;
    std::string_view otherwise;
    std::string_view purpose;
    Setter set;
};

const Variable variables[] = {
    {"PORT", "8080", "port of the HTTP API",
     [](Config& c, const std::string& v) { return whole<std::uint16_t>(v, 1, 65535, c.port); }},
    {"BIND", "127.0.0.1", "address it listens on",
     [](Config& c, const std::string& v) { return keep(v, c.bind); }},
    {"TLS_CERT", "", "certificate chain in PEM, with TLS_KEY: HTTPS; unset: plain HTTP",
     [](Config& c, const std::string& v) { return file(v, c.tls_cert); }},
    {"TLS_KEY", "", "the certificate's key in PEM",
     [](Config& c, const std::string& v) { return file(v, c.tls_key); }},
    {"DATA_DIR", ".data", "folder of the private database, secrets and spooled files",
     [](Config& c, const std::string& v) { return keep(v, c.data_dir); }},
    {"DATABASE_URL", "", "PostgreSQL 15 or newer; unset: the private cluster under DATA_DIR",
     [](Config& c, const std::string& v) { return keep(v, c.database_url); }},
    {"KAFKA_BROKERS", "", "host:port,… of Apache Kafka; unset: the stream reads the log itself",
     [](Config& c, const std::string& v) { return keep(v, c.kafka_brokers); }},
    {"JWT_SECRET", "", "signs access tokens, at least 32 bytes; unset: a random one under DATA_DIR",
     [](Config& c, const std::string& v) { return secret(v, c.jwt_secret); }},
    {"SUPABASE_JWT_SECRET", "", "takes tokens of HS256 that a Supabase project signs with it",
     [](Config& c, const std::string& v) { return secret(v, c.supabase_secret); }},
    {"JWKS_URL", "",
     "takes tokens of RS256 and ES256 signed with the keys that an identity "
     "provider shows there",
     [](Config& c, const std::string& v) { return web_address(v, c.jwks_url); }},
    {"THROUGHLINE_JWT_ISSUER", "", "`iss` of those tokens; unset: any",
     [](Config& c, const std::string& v) { return keep(v, c.external_tokens.issuer); }},
    {"THROUGHLINE_JWT_AUDIENCE", "", "`aud` of those tokens; unset: any",
     [](Config& c, const std::string& v) { return keep(v, c.external_tokens.audience); }},
    {"THROUGHLINE_JWT_ROLE_CLAIM", "app_metadata.role,role",
     "where those tokens name the role; of several the first that is there",
     [](Config& c, const std::string& v) { return names(v, c.external_tokens.role_claims); }},
    {"THROUGHLINE_JWT_TENANT_CLAIM", "app_metadata.tenant_id",
     "where they name the tenant, by id or slug",
     [](Config& c, const std::string& v) { return names(v, c.external_tokens.tenant_claims); }},
    {"THROUGHLINE_JWT_EMAIL_CLAIM", "email", "where they name the address",
     [](Config& c, const std::string& v) { return names(v, c.external_tokens.email_claims); }},
    {"SECRET_KEYS", "",
     "seal secrets at rest, comma separated: the first seals, all open; each 32 bytes in hex or "
     "base64; unset: a random one under DATA_DIR",
     [](Config& c, const std::string& v) { return keys(v, c.secret_keys); }},
    {"THROUGHLINE_ACCESS_TOKEN_SECONDS", "3600", "life of an access token",
     [](Config& c, const std::string& v) {
         return whole<int>(v, 1, 86'400, c.access_token_seconds);
     }},
    {"THROUGHLINE_REFRESH_TOKEN_SECONDS", "2592000", "life of a refresh token",
     [](Config& c, const std::string& v) {
         return whole<int>(v, 1, 31'536'000, c.refresh_token_seconds);
     }},
    {"FRONTEND_URL", "", "the web application, where links in mails lead; unset: BACKEND_URL",
     [](Config& c, const std::string& v) { return base_url(v, c.frontend_url); }},
    {"BACKEND_URL", "", "this API as others see it; unset: its own address",
     [](Config& c, const std::string& v) { return base_url(v, c.backend_url); }},
    {"SMTP_URL", "",
     "takes our mail: smtp[s]://user:password@host:port, credentials percent-encoded; unset, and "
     "SMTP_SERVER too: mail is written under DATA_DIR",
     [](Config& c, const std::string& v) { return smtp_url(v, c.smtp); }},
    {"SMTP_SERVER", "", "its host, where SMTP_URL is not set",
     [](Config& c, const std::string& v) { return smtp_host(v, c.smtp); }},
    {"SMTP_PORT", "587", "its port: 465 is TLS from the start",
     [](Config& c, const std::string& v) { return smtp_port(v, c.smtp); }},
    {"SMTP_USERNAME", "", "of an account there",
     [](Config& c, const std::string& v) { return keep(v, c.smtp.username); }},
    {"SMTP_PASSWORD", "", "the account's",
     [](Config& c, const std::string& v) { return keep(v, c.smtp.password); }},
    {"THROUGHLINE_SMTP_CERTIFICATES", "",
     "certificates in PEM that vouch for it; unset: the system's",
     [](Config& c, const std::string& v) { return readable(v, c.smtp.certificates); }},
    {"THROUGHLINE_HTTP_ALLOW_PRIVATE", "",
     "networks such as 10.0.0.0/8 that requests of rules may reach although they are private, "
     "comma separated",
     [](Config& c, const std::string& v) { return read_networks(v, c.http_allow_private); }},
    {"THROUGHLINE_MAIL_FROM", "no-reply@localhost", "sender of mails",
     [](Config& c, const std::string& v) { return address(v, c.mail_from); }},
    {"THROUGHLINE_RATE_LIMITS", "",
     "`off`, or overrides a minute such as ai=100,rest=20000 (docs/operate.md)",
     [](Config& c, const std::string& v) { return read_request_quotas(v, c.request_quotas); }},
    {"THROUGHLINE_CORS_ORIGINS", "", "origins whose pages may call, comma separated, or *",
     [](Config& c, const std::string& v) { return read_origins(v, c.cors_origins); }},
    {"THROUGHLINE_TRUSTED_PROXIES", "", "addresses of proxies whose X-Forwarded-For is believed",
     [](Config& c, const std::string& v) { return read_addresses(v, c.trusted_proxies); }},
    {"THROUGHLINE_KAFKA_TOPIC", "throughline.events", "topic of the event stream",
     [](Config& c, const std::string& v) { return keep(v, c.kafka_topic); }},
    {"THROUGHLINE_KAFKA_PARTITIONS", "6", "partitions of the topic when it is made",
     [](Config& c, const std::string& v) { return whole<int>(v, 1, 1000, c.kafka_partitions); }},
    {"THROUGHLINE_KAFKA_REPLICATION", "1", "replication factor of the topic when it is made",
     [](Config& c, const std::string& v) { return whole<int>(v, 1, 10, c.kafka_replication); }},
    {"THROUGHLINE_KAFKA_RETENTION", "30", "days the topic keeps events",
     [](Config& c, const std::string& v) { return days(v, c.kafka_retention_ms); }},
    {"THROUGHLINE_WORKERS", "128", "threads that run requests",
     [](Config& c, const std::string& v) { return whole<std::size_t>(v, 1, 2000, c.workers); }},
    {"THROUGHLINE_READ_CONNECTIONS", "12", "database connections for reads",
     [](Config& c, const std::string& v) {
         return whole<std::size_t>(v, 1, 500, c.read_connections);
     }},
    {"THROUGHLINE_YIELD_SECONDS", "10",
     "how far relay and read models may fall behind to let writes go first, when CPUs are short",
     [](Config& c, const std::string& v) { return whole<int>(v, 0, 3600, c.yield_seconds); }},
    {"THROUGHLINE_RUN_ATTEMPTS", "8", "how often a rule's action is tried that fails for now",
     [](Config& c, const std::string& v) { return whole<int>(v, 1, 100, c.run_attempts); }},
    {"THROUGHLINE_RUN_BACKOFF_MS", "1000", "milliseconds after the first failure; doubles",
     [](Config& c, const std::string& v) { return whole<int>(v, 1, 600'000, c.run_backoff_ms); }},
    {"WEBHOOK_BASE_URL", "", "where webhooks for rules come in; unset: BACKEND_URL",
     [](Config& c, const std::string& v) { return base_url(v, c.webhook_base_url); }},
    {"THROUGHLINE_ROLES", "all of them", "what this process does, as `serve --roles`",
     [](Config& c, const std::string& v) { return read_roles(v, c); }},
};

/// A certificate is nothing without its key.
void check_pair(const Config& config, std::vector<ConfigFault>& faults) {
    if (config.tls_cert.empty() == config.tls_key.empty()) return;
    faults.push_back({config.tls_cert.empty() ? "TLS_CERT" : "TLS_KEY", "must be set too"});
}

/// Where script/server leaves the address of the private cluster.
std::string private_database(const std::filesystem::path& data_dir) {
    std::ifstream file(data_dir / "postgres.url");
    std::string url;
    std::getline(file, url);
    return url;
}

VariableLookup process_environment() {
    return [](const std::string& name) -> std::optional<std::string> {
        const char* value = std::getenv(name.c_str());
        return value == nullptr ? std::nullopt : std::optional<std::string>(value);
    };
}

} // namespace

std::string Config::own_base() const {
    if (!backend_url.empty()) return backend_url;
    return fmt::format("{}://{}:{}", tls_cert.empty() ? "http" : "https", bind, port);
}

std::optional<std::string> read_roles(const std::string& text, Config& config) {
    std::set<std::string> roles;
    for (const std::string_view part : comma_parts(text)) {
        const std::string role(part);
        if (!server_roles.contains(role))
            return fmt::format("has no role \"{}\": there are {}", role,
                               fmt::join(server_roles, ", "));
        roles.insert(role);
    }
    config.roles = std::move(roles);
    return std::nullopt;
}

Config read_config(const VariableLookup& environment, std::vector<ConfigFault>& faults) {
    Config config;
    for (const Variable& variable : variables) {
        const auto value = environment(std::string(variable.name));
        if (!value || value->empty()) continue;
        if (auto fault = variable.set(config, *value))
            faults.push_back({std::string(variable.name), *fault});
    }
    check_pair(config, faults);
    return config;
}

std::vector<std::string> unknown_variables(const char* const* environment) {
    std::vector<std::string> unknown;
    for (; *environment != nullptr; ++environment) {
        const std::string_view entry(*environment);
        const std::string_view name = entry.substr(0, entry.find('='));
        const bool known =
            std::any_of(std::begin(variables), std::end(variables),
                        [&](const Variable& variable) { return variable.name == name; });
        if (name.starts_with("THROUGHLINE_") && !name.starts_with("THROUGHLINE_TEST_") && !known)
            unknown.emplace_back(name);
    }
    return unknown;
}

std::string config_help() {
    std::string help = "Environment:\n";
    for (const Variable& variable : variables)
        help += fmt::format(
            "  {:<34} {}{}\n", variable.name, variable.purpose,
            variable.otherwise.empty() ? "" : fmt::format(" (default {})", variable.otherwise));
    return help;
}

Config load_config() {
    std::vector<ConfigFault> faults;
    Config config = read_config(process_environment(), faults);
    if (!faults.empty()) {
        std::string message;
        for (const ConfigFault& fault : faults)
            message +=
                fmt::format("{}{} {}", message.empty() ? "" : "; ", fault.variable, fault.detail);
        throw std::runtime_error(message);
    }
    if (config.database_url.empty()) config.database_url = private_database(config.data_dir);
    if (config.database_url.empty())
        throw std::runtime_error(fmt::format("DATABASE_URL is not set and {} has no database yet: "
                                             "start script/server, or set DATABASE_URL",
                                             config.data_dir.string()));
    std::filesystem::create_directories(config.data_dir);
    return config;
}

} // namespace throughline
