#include "api/serve.hpp"

#include "api/asyncapi.hpp"
#include "api/automation_service.hpp"
#include "api/chores.hpp"
#include "api/end_in_time.hpp"
#include "api/house_stores.hpp"
#include "api/http_server.hpp"
#include "api/identity_service.hpp"
#include "api/import_service.hpp"
#include "api/openapi.hpp"
#include "api/outgoing.hpp"
#include "api/readiness.hpp"
#include "api/record_service.hpp"
#include "api/route_components.hpp"
#include "api/routes/api_keys.hpp"
#include "api/routes/events.hpp"
#include "api/routes/fields.hpp"
#include "api/routes/roles.hpp"
#include "api/routes/tenant.hpp"
#include "api/routes/usage.hpp"
#include "api/session/request_limits.hpp"
#include "api/session/secret.hpp"
#include "api/spine.hpp"
#include "api/spine_metrics.hpp"
#include "bus/migrate.hpp"

#include <fmt/ranges.h>
#include <optional>
#include <pqxx/pqxx>
#include <set>
#include <spdlog/spdlog.h>

namespace throughline {
namespace {

constexpr std::size_t system_connections = 10;
constexpr std::size_t scraped_connections = 2;
constexpr std::size_t limit_connections = 2;

void append(Routes& routes, Routes more) {
    std::move(more.begin(), more.end(), std::back_inserter(routes));
}

void demand_migrated(const std::string& url, Database& system) {
    const auto login = connect(url, Role::owner);
    // On a new cluster nobody can connect as system yet.
    bool is_done = pqxx::nontransaction(*login)
                       .exec1("select to_regrole('throughline_system') is not null")[0]
                       .as<bool>();
    if (is_done) system.read({}, [&](pqxx::transaction_base& tx) { is_done = is_migrated(tx); });
    if (!is_done)
        throw std::runtime_error("the database is not migrated: run `throughline migrate` first");
}

/// The description of the API with such a table, given the kinds.
std::function<std::string(const Registry&)> description_of(const Routes& routes) {
    return [table = routes, components = route_components()](const Registry& kinds) {
        return to_text(openapi_document(table, kinds, components));
    };
}

/// Whether a process without the role `api` leaves this route out.
bool is_for_the_api(const Route& route) {
    static const std::set<std::string> others = {"/health", "/ready", "/metrics"};
    return !others.contains(route.path);
}

ApplicationOptions application_options(const Config& config) {
    ApplicationOptions options;
    options.proxies = config.trusted_proxies;
    options.headers.is_https = !config.tls_cert.empty();
    options.headers.cross_origin = CrossOrigin(config.cors_origins);
    return options;
}

HttpServerOptions server_options(const Config& config) {
    HttpServerOptions options;
    options.address = config.bind;
    options.port = config.port;
    options.workers = config.workers;
    options.readers = config.read_connections;
    options.tls_certificate = config.tls_cert;
    options.tls_key = config.tls_key;
    options.spool_folder = config.data_dir / "spool";
    return options;
}

} // namespace

int serve(const Config& config, const Registry& registry, Authenticator* instead) {
    EndInTime end(std::chrono::seconds(18)); // of all below, once drained
    // The log, and how facts travel.
    Database app(config.database_url, Role::app,
                 config.read_connections); // API reads, one tenant at a time
    Database system(config.database_url, Role::system, system_connections); // workers, all tenants
    Database watched(config.database_url, Role::system,
                     scraped_connections); // /ready and /metrics, never starved
    demand_migrated(config.database_url, system);
    Spine spine(config, registry, app, system);
    PostgresEventStore& store = spine.store;

    // What acts and what is read.
    Denials denials; // logged and counted
    RecordService records({config, app, system, store, registry, spine.heads, spine.checkpoints,
                           spine.hub, spine.recent, spine.pace, denials});
    RecordCommands& commands = records.commands;
    Usage usage(app, system);
    ImportService imports({config, system, store, registry, commands, records.kinds, records.lists,
                           spine.checkpoints, denials});
    const std::unique_ptr<Mailer> mailer = mailer_of(config); // SMTP, or a folder
    const std::string secret = jwt_secret(config.jwt_secret, config.data_dir);
    IdentityService identity(
        {config, system, store, registry, commands, records.lists, *mailer, denials, secret});
    HouseStores house(app, system, kafka_settings(config)); // notifications, queues, analytics
    AutomationService automation({config, system, watched, store, registry, commands, records.kinds,
                                  records.tenants, records.lists, records.past, records.log_index,
                                  *mailer, house, spine.recent}); // rules

    // What is spoken.
    SessionAuthenticator& authenticator = identity.authenticator;
    const auto watching =
        spine.hub.watch_all([&](const StoredEvent& event) { authenticator.see(event); });
    Database limiting(config.database_url, Role::system, limit_connections); // waits for nobody
    RateLeases leases(limiting);
    RateLimiter limiter(leases); // shared by all servers of this database
    RequestLimits limits(limiter, config.request_quotas);
    IdempotencyKeys keys(secret);
    SharedTurns turns(config.database_url);       // of all servers, by key
    const KeyedWrites writes{store, keys, turns}; // of what is no command of the log
    std::vector<std::string> consumers = spine.consumers();
    consumers.push_back(records.follower.name());
    consumers.push_back(automation.consumer());
    Metrics metrics;
    metrics.on_collect([&](MetricsText& out) { automation.write(out); });
    metrics.on_collect(
        spine_metrics(spine.appender, consumers, !config.kafka_brokers.empty(), watched));
    if (!config.kafka_brokers.empty()) consumers.push_back(relay_name);
    HttpServer* listening = nullptr;
    const auto is_draining = [&] { return listening != nullptr && listening->is_draining(); };
    const Readiness readiness{watched,
                              consumers,
                              spine.subscriptions,
                              {records.subscription(), automation.subscription()},
                              spine.relay.get(),
                              is_draining};
    std::string openapi;                                  // made from the table below
    std::function<std::string(const Registry&)> describe; // as a tenant has the kinds
    std::set<std::string, std::less<>> segments;          // of the table below
    Routes routes = operations_routes(
        {[&readiness] { return readiness.checks(); }, [&metrics] { return metrics.scrape(); },
         [&openapi] { return openapi; },
         [text = to_text(asyncapi_document(registry, config.kafka_topic))] { return text; }});
    append(routes, identity.rows(writes, segments));
    append(routes, TenantRoutes{records.tenants, authenticator, keys, records.kinds}.rows());
    append(routes, records.rows(keys, imports.jobs));
    append(routes, tenant_description_routes(records.kinds, describe));
    append(routes, automation.rows(writes));
    append(routes, imports.rows(keys, is_draining));
    append(routes, role_routes());
    append(routes, usage_routes(usage, store));
    append(routes, EventRoutes{store, spine.hub, registry, authenticator, identity.tokens}.rows());
    append(routes, house.rows(writes));
    routes = with_other_names(std::move(routes), registry);
    segments = first_segments(routes);
    describe = description_of(routes);
    openapi = describe(kinds_of_any_tenant(registry));
    if (!config.has_role("api")) std::erase_if(routes, is_for_the_api);

    UsageCounter usage_counter(usage, routes);
    ApplicationOptions manners = application_options(config);
    if (config.request_quotas.are_kept) manners.limits = &limits;
    manners.usage = &usage_counter;
    Application application(std::move(routes), instead != nullptr ? *instead : authenticator,
                            spine.positions, denials, manners);
    metrics.on_collect([&](MetricsText& out) {
        application.metrics().write(out, application.routes());
        denials.write(out);
    });
    HttpServerOptions options = server_options(config);
    // A request may wait for its turn, or a commit's outcome, as long as the database is away.
    options.on_drained = [&] {
        end.begin();
        imports.begin_stop();
        automation.begin_stop();
        commands.begin_stop();
        spine.appender.stop();
        spine.heads.stop();
    };
    HttpServer server(application, options);
    listening = &server;

    // Start what runs by itself; everything stops in the reverse order of its declaration.
    spine.start();
    records.start();
    automation.start();
    if (spine.relay) spine.relay->start();
    imports.start();
    PendingWords words(system, spine.signal);
    std::optional<Housekeeping> housekeeping; // safe in several processes at once
    std::optional<Housekeeping> merging;
    if (config.has_role("scheduler")) {
        housekeeping.emplace(chores(store, identity.credentials, identity.links, identity.api_keys,
                                    records.bulk_requests, leases, usage, house.queues,
                                    automation.backtests, system));
        merging.emplace(std::vector{merging_of(words)});
    }
    spdlog::info("serving on {}:{} as {}", config.bind, server.port(),
                 fmt::join(config.roles, ", "));
    server.run(true);
    spdlog::info("stopping");
    records.begin_stop();
    spine.begin_stop();
    return 0;
}

} // namespace throughline
