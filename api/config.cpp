#include "api/config.hpp"

#include "domain/text.hpp"

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

std::optional<std::string> limits(const std::string& text, std::string& into) {
    static constexpr std::string_view names[] = {"automation", "calendar", "ai",
                                                 "ics",        "rest",     "address"};
    into = text;
    if (text == "off") return std::nullopt;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find(',', begin), text.size());
        const std::string_view pair = std::string_view(text).substr(begin, end - begin);
        const std::size_t equals = pair.find('=');
        int value = 0;
        if (equals == std::string_view::npos ||
            std::find(std::begin(names), std::end(names), pair.substr(0, equals)) ==
                std::end(names) ||
            whole<int>(std::string(pair.substr(equals + 1)), 1, 1'000'000'000, value))
            return "must be `off` or pairs such as ai=100,rest=20000";
        begin = end + 1;
    }
    return std::nullopt;
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
    {"DATA_DIR", ".data", "folder of the private database, secrets and spooled files",
     [](Config& c, const std::string& v) { return keep(v, c.data_dir); }},
    {"DATABASE_URL", "", "PostgreSQL 15 or newer; unset: the private cluster under DATA_DIR",
     [](Config& c, const std::string& v) { return keep(v, c.database_url); }},
    {"KAFKA_BROKERS", "", "host:port,… of Apache Kafka; unset: the stream reads the log itself",
     [](Config& c, const std::string& v) { return keep(v, c.kafka_brokers); }},
    {"JWT_SECRET", "", "signs access tokens, at least 32 bytes; unset: a random one under DATA_DIR",
     [](Config& c, const std::string& v) { return secret(v, c.jwt_secret); }},
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
    {"THROUGHLINE_MAIL_FROM", "no-reply@localhost", "sender of mails",
     [](Config& c, const std::string& v) { return address(v, c.mail_from); }},
    {"THROUGHLINE_RATE_LIMITS", "",
     "`off`, or overrides such as ai=100,rest=20000 (only `off` counts yet, for guesses)",
     [](Config& c, const std::string& v) { return limits(v, c.rate_limits); }},
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
    {"THROUGHLINE_ROLES", "all of them", "what this process does, as `serve --roles`",
     [](Config& c, const std::string& v) { return read_roles(v, c); }},
};

/// Where script/server leaves the address of the private cluster.
std::string private_database(const std::filesystem::path& data_dir) {
    std::ifstream file(data_dir / "postgres.url");
    std::string url;
    std::getline(file, url);
    return url;
}

} // namespace

std::string Config::link_base() const {
    if (!frontend_url.empty()) return frontend_url;
    if (!backend_url.empty()) return backend_url;
    return fmt::format("http://{}:{}", bind, port);
}

std::optional<std::string> read_roles(const std::string& text, Config& config) {
    std::set<std::string> roles;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find(',', begin), text.size());
        const std::string role = text.substr(begin, end - begin);
        if (!server_roles.contains(role))
            return fmt::format("has no role \"{}\": there are {}", role,
                               fmt::join(server_roles, ", "));
        roles.insert(role);
        begin = end + 1;
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

VariableLookup process_environment() {
    return [](const std::string& name) -> std::optional<std::string> {
        const char* value = std::getenv(name.c_str());
        return value == nullptr ? std::nullopt : std::optional<std::string>(value);
    };
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
