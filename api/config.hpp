#pragma once
#include "api/session/external_token_rules.hpp"
#include "api/session/request_quotas.hpp"
#include "handlers/outbound/network.hpp"
#include "handlers/outbound/smtp_mailer.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace throughline {

/// What a server may do: all of it in one process, or spread over several on one database.
inline const std::set<std::string> server_roles = {"api",        "relay",    "projections",
                                                   "automation", "delivery", "scheduler"};

/// What the environment says (12-factor). Every variable is a row of the table in config.cpp.
struct Config {
    std::uint16_t port = 8080;
    std::string bind = "127.0.0.1";
    std::filesystem::path tls_cert; // empty: plain HTTP
    std::filesystem::path tls_key;
    std::filesystem::path data_dir = ".data";
    std::string database_url;  // DATABASE_URL, else the private cluster's under data_dir
    std::string kafka_brokers; // empty: embedded, the log itself is the stream
    std::string kafka_topic = "throughline.events";
    int kafka_partitions = 6;
    int kafka_replication = 1;
    std::int64_t kafka_retention_ms = 30LL * 24 * 3600 * 1000;
    std::string jwt_secret;      // empty: a random one kept under data_dir
    std::string secret_keys;     // empty: a random one kept under data_dir
    std::string supabase_secret; // empty: no token of HS256 but our own
    std::string jwks_url;        // empty: no identity provider
    ExternalTokenRules external_tokens;
    int access_token_seconds = 3600;
    int refresh_token_seconds = 30 * 24 * 3600;
    std::string frontend_url; // empty: backend_url is used
    std::string backend_url;  // empty: the server's own address
    std::string mail_from = "no-reply@localhost";
    SmtpServer smtp; // without a url: mail stays in a folder
    std::vector<Network> http_allow_private;
    RequestQuotas request_quotas;
    std::vector<std::string> cors_origins;
    std::vector<std::string> trusted_proxies;
    std::size_t workers = 128;
    std::size_t read_connections = 12;
    std::set<std::string> roles = server_roles; // never empty
    int yield_seconds = 10;
    int run_attempts = 8; // of one action of a run
    int run_backoff_ms = 1000;
    std::string webhook_base_url; // empty: own_base

    /// This API as others see it, without a slash at its end.
    [[nodiscard]] std::string own_base() const;
    /// Where links in mails lead, likewise.
    [[nodiscard]] std::string link_base() const {
        return frontend_url.empty() ? own_base() : frontend_url;
    }
    /// Likewise of addresses for webhooks.
    [[nodiscard]] std::string hook_base() const {
        return webhook_base_url.empty() ? own_base() : webhook_base_url;
    }
    [[nodiscard]] bool has_role(const std::string& role) const { return roles.contains(role); }
    bool operator==(const Config&) const = default;
};

/// One wrong or unknown variable, by its name.
struct ConfigFault {
    std::string variable;
    std::string detail;
};

using VariableLookup = std::function<std::optional<std::string>(const std::string& name)>;

/// Reads the table's variables. Faults are all wrong values; nothing is served with one.
[[nodiscard]] Config read_config(const VariableLookup& environment,
                                 std::vector<ConfigFault>& faults);
/// Takes roles separated by commas; answers what is wrong with them, or nothing.
[[nodiscard]] std::optional<std::string> read_roles(const std::string& text, Config& config);
/// Variables that begin with THROUGHLINE_ and mean nothing: a typing slip, probably.
[[nodiscard]] std::vector<std::string> unknown_variables(const char* const* environment);
/// A line a variable: name, default, what it is for.
[[nodiscard]] std::string config_help();

/// Reads the process's configuration, finds the database, and makes the data folder. Throws
/// std::runtime_error naming the variable that is wrong.
[[nodiscard]] Config load_config();

} // namespace throughline
