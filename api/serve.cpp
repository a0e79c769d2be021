#include "api/serve.hpp"

#include "api/asyncapi.hpp"
#include "api/automation_service.hpp"
#include "api/bulk_lookup.hpp"
#include "api/chores.hpp"
#include "api/end_in_time.hpp"
#include "api/house_stores.hpp"
#include "api/http_server.hpp"
#include "api/identity_service.hpp"
#include "api/import_lookup.hpp"
#include "api/openapi.hpp"
#include "api/outgoing.hpp"
#include "api/past_records.hpp"
#include "api/read_models.hpp"
#include "api/readiness.hpp"
#include "api/referring_records.hpp"
#include "api/route_components.hpp"
#include "api/routes/api_keys.hpp"
#include "api/routes/audit.hpp"
#include "api/routes/automation_runs.hpp"
#include "api/routes/automation_starts.hpp"
#include "api/routes/automations.hpp"
#include "api/routes/bulk.hpp"
#include "api/routes/deal_reports.hpp"
#include "api/routes/duplicates.hpp"
#include "api/routes/erasure.hpp"
#include "api/routes/events.hpp"
#include "api/routes/fields.hpp"
#include "api/routes/imports.hpp"
#include "api/routes/merges.hpp"
#include "api/routes/openapi_documents.hpp"
#include "api/routes/project_tasks.hpp"
#include "api/routes/record_actions.hpp"
#include "api/routes/record_past.hpp"
#include "api/routes/records.hpp"
#include "api/routes/roles.hpp"
#include "api/routes/search.hpp"
#include "api/routes/tenant.hpp"
#include "api/routes/timeline.hpp"
#include "api/routes/undo.hpp"
#include "api/routes/usage.hpp"
#include "api/routes/views.hpp"
#include "api/routes/why.hpp"
#include "api/session/request_limits.hpp"
#include "api/session/secret.hpp"
#include "api/spine_metrics.hpp"
#include "api/upload_spool.hpp"
#include "bus/commit_feed.hpp"
#include "bus/hub_source.hpp"
#include "bus/kafka_source.hpp"
#include "bus/migrate.hpp"
#include "bus/postgres_event_store.hpp"
#include "handlers/assist/built_in_ai.hpp"
#include "handlers/automation/actions/house_actions.hpp"
#include "handlers/automation/actions/outbound.hpp"
#include "handlers/import/import_folder.hpp"
#include "handlers/import/import_runner.hpp"
#include "handlers/secrets/secrets.hpp"
#include "projections/audit.hpp"
#include "projections/lists.hpp"
#include "projections/timeline.hpp"

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

KafkaSettings kafka_settings(const Config& config) {
    return {config.kafka_brokers, config.kafka_topic, config.kafka_partitions,
            config.kafka_replication, std::chrono::milliseconds(config.kafka_retention_ms)};
}

/// What this process appends comes from its own memory, all else from Kafka or the log's table.
LogSourceFactory log_source(const Config& config, LogSignal& signal, CommitFeed& own) {
    return [&config, &signal, &own] {
        std::unique_ptr<LogSource> others;
        if (config.kafka_brokers.empty())
            others = std::make_unique<PostgresSource>(config.database_url, signal);
        else
            others =
                std::make_unique<KafkaSource>(config.database_url, signal, kafka_settings(config));
        return std::make_unique<FedSource>(own, signal, std::move(others));
    };
}

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

/// Whether a process without the role `api` leaves this route out.
bool is_for_the_api(const Route& route) {
    static const std::set<std::string> others = {"/health", "/ready", "/metrics"};
    return !others.contains(route.path);
}

void warn_of_missing_keys(Secrets& secrets) {
    for (const std::string& id : secrets.missing_keys())
        spdlog::warn("secrets are sealed with key {}, which SECRET_KEYS lacks: they do not open",
                     id);
}

} // namespace

int serve(const Config& config, const Registry& registry, Authenticator* instead) {
    EndInTime end(std::chrono::seconds(18)); // of all below, once drained
    // The log and its reads.
    Database app(config.database_url, Role::app,
                 config.read_connections); // API reads, one tenant at a time
    Database system(config.database_url, Role::system, system_connections); // workers, all tenants
    Database watched(config.database_url, Role::system,
                     scraped_connections); // /ready and /metrics, never starved
    demand_migrated(config.database_url, system);
    LogSignal signal(config.database_url); // when the log grew
    CommitFeed own;                        // what this process appended of late
    Appender appender(config.database_url, {}, feeding(own, signal)); // group commit
    PostgresEventStore store(app, system, appender);
    HeadReader heads(store); // single reads, gathered
    Checkpoints checkpoints(system);

    // How facts travel: the relay to Kafka, and subscriptions from Kafka or the log itself.
    CheckpointWaiter positions(checkpoints, store); // reads that wait for what was written
    BackgroundPace pace({.appended = [&] { return appender.written(); },
                         .commits = [&] { return appender.commits(); },
                         .is_waited_for = [&] { return positions.has_waiting(); }},
                        std::chrono::seconds(config.yield_seconds)); // writes go first
    std::unique_ptr<Relay> relay;                                    // only with Kafka
    if (!config.kafka_brokers.empty() && config.has_role("relay"))
        relay = std::make_unique<Relay>(config.database_url, kafka_settings(config), signal, &pace,
                                        &own);
    EventHub hub(store, log_source(config, signal, own)); // recent events, read once for all below
    const LogSourceFactory recent = [&] {
        return std::make_unique<HubSource>(hub, config.database_url, signal);
    };
    const auto models = read_models(registry);
    std::vector<std::unique_ptr<Subscription>> subscriptions; // one a read model
    std::vector<std::string> consumers; // their names, led by this process or by another
    for (const auto& model : models) {
        consumers.push_back(model->name());
        if (config.has_role("projections"))
            subscriptions.push_back(std::make_unique<Subscription>(
                config.database_url, recent, *model, StartAt::beginning, &pace));
    }

    // What acts and what is read.
    TenantKinds kinds(store, registry); // kinds as each tenant has them
    const auto watching_kinds = hub.watch_all([&](const StoredEvent& event) { kinds.see(event); });
    RecordCommands commands(store, registry, &kinds);
    const CustomFields custom_fields(store, commands, registry, kinds);
    const Deals deals(store, commands, registry);
    const LeadConversion conversion(store, commands, registry);
    Lists lists(app);
    Audit audit(app);
    DealReports deal_reports(app, registry);
    Timeline timeline(app);
    Search search(app, registry);
    Duplicates duplicates(app);
    LogIndex log_index(system); // into the log by time and by cause
    Past past(app, registry);   // records as they stood
    const Merges merges(store, commands);
    ListedReferences referring(system, checkpoints);
    ReferenceFollower follower(store, commands, registry, referring);
    std::optional<Subscription> following; // what refers to a merged record
    consumers.push_back(follower.name());
    if (config.has_role("projections"))
        following.emplace(config.database_url, recent, follower, StartAt::head, &pace);
    Usage usage(app, system);
    ListLookup lookup(lists, checkpoints);
    const BulkChanges bulk(store, commands);
    BulkRequests bulk_requests(system);
    ListBulkLookup bulk_lookup(lists);
    ImportJobs import_jobs(system);
    PersonPlaces person_places(system, registry);
    HousePlaces house_places(system);
    Erasure erasure(store, registry, person_places, house_places, config.data_dir / "mail");
    Denials denials; // logged and counted
    Importer importer(
        store, commands, registry, lookup, import_jobs,
        [&](const ImportJob& job, Permission lacked) { denials.record(lacked, job); });
    const Undo undo(store, commands, app, log_index, registry);
    const MergeUndo merge_undo(store, merges, registry, log_index);
    const auto import_files = import_folder(config.data_dir); // uploads that wait for their import
    ImportRunner imports(config.database_url, import_jobs, importer);
    const std::unique_ptr<Mailer> mailer = mailer_of(config); // SMTP, or a folder
    const std::string secret = jwt_secret(config.jwt_secret, config.data_dir);
    IdentityService identity(
        {config, system, store, registry, commands, lists, *mailer, denials, secret});
    const Tenants tenants(store, commands);
    const GuardedHttp outgoing(AddressRules(config.http_allow_private)); // to where tenants say
    const OpenApiDocuments openapi_documents(store, commands, outgoing);
    HouseStores house(app, system, kafka_settings(config)); // notifications, queues, analytics
    PastRecords past_records(past);
    const EventContexts contexts(kinds, registry, past_records); // what rules see of events
    const KeyRing ring = key_ring(config.secret_keys, config.data_dir);
    Secrets secrets(system, ring);
    BuiltInAi ai; // until keys of a vendor are set
    Actions actions = house_actions({store, commands, registry, house.notifications, *mailer,
                                     house.queues, house.analytics, ai});
    add_outbound_actions(actions, {outgoing, tenants, openapi_documents, secrets, *mailer});
    AutomationService automation({config, system, watched, store, registry, commands, contexts,
                                  lists, log_index, secrets, recent, std::move(actions)}); // rules
    consumers.push_back(automation.consumer());

    // What is spoken.
    warn_of_missing_keys(secrets);
    SessionAuthenticator& authenticator = identity.authenticator;
    const auto watching =
        hub.watch_all([&](const StoredEvent& event) { authenticator.see(event); });
    Database limiting(config.database_url, Role::system, limit_connections); // waits for nobody
    RateLeases leases(limiting);
    RateLimiter limiter(leases); // shared by all servers of this database
    RequestLimits limits(limiter, config.request_quotas);
    IdempotencyKeys keys(secret);
    SharedTurns turns(config.database_url);       // of all servers, by key
    const KeyedWrites writes{store, keys, turns}; // of what is no command of the log
    Metrics metrics;
    metrics.on_collect([&](MetricsText& out) { automation.write(out); });
    metrics.on_collect(spine_metrics(appender, consumers, !config.kafka_brokers.empty(), watched));
    HttpServer* listening = nullptr;
    if (!config.kafka_brokers.empty()) consumers.push_back(relay_name);
    const std::vector<const Subscription*> acting{following ? &*following : nullptr,
                                                  automation.subscription()};
    const auto is_draining = [&] { return listening != nullptr && listening->is_draining(); };
    const Readiness readiness{watched, consumers, subscriptions, acting, relay.get(), is_draining};
    std::string openapi;                                  // made from the table below
    std::function<std::string(const Registry&)> describe; // as a tenant has the kinds
    Routes routes = operations_routes(
        {[&readiness] { return readiness.checks(); }, [&metrics] { return metrics.scrape(); },
         [&openapi] { return openapi; },
         [text = to_text(asyncapi_document(registry, config.kafka_topic))] { return text; }});
    std::set<std::string, std::less<>> segments; // of the table below
    append(routes, identity.rows(writes, segments));
    append(routes, TenantRoutes{tenants, authenticator, keys, kinds}.rows());
    const LogMoments moments(store, log_index);
    const PastRoutes of_the_past{registry, store, lists, past, moments};
    append(routes,
           RecordRoutes{registry, commands, store, lists, audit, keys, heads, kinds, of_the_past}
               .rows());
    append(routes, of_the_past.rows());
    append(routes, RecordActionRoutes{{registry, store, keys}, commands, deals, conversion}.rows());
    append(routes, DealReportRoutes{registry, deal_reports, tenants, kinds, past, moments}.rows());
    append(routes, ViewRoutes{registry, commands, store, lists, keys}.rows());
    append(routes, AutomationRoutes{registry, commands, store, lists, keys, automation.history,
                                    tenants, contexts}
                       .all_rows());
    append(routes, OpenApiDocumentRoutes{registry, openapi_documents, tenants, store, keys}.rows());
    append(routes, ProjectTaskRoutes{registry, store, lists, kinds, past, moments}.rows());
    append(routes, FieldRoutes{registry, custom_fields, keys}.rows());
    append(routes, tenant_description_routes(kinds, describe));
    append(
        routes,
        BulkRoutes{registry, store, bulk, bulk_requests, bulk_lookup, keys, denials, kinds}.rows());
    append(routes, ErasureRoutes{registry, store, erasure, keys}.rows());
    append(routes, ImportRoutes{registry, store, lists, import_jobs, imports, keys, kinds,
                                import_files, is_draining}
                       .rows());
    append(routes, role_routes());
    append(routes, usage_routes(usage, store));
    append(routes, audit_routes(registry, audit));
    append(routes, search_routes(registry, search));
    append(routes, duplicate_routes(registry, duplicates));
    append(routes, TimelineRoutes{registry, store, timeline, past, moments, kinds}.rows());
    append(routes, MergeRoutes{{registry, store, keys}, merges}.rows());
    append(routes, EventRoutes{store, hub, registry, authenticator, identity.tokens}.rows());
    append(routes, why_routes(store, log_index, registry));
    append(routes, UndoRoutes{undo, merge_undo, import_jobs, keys}.rows());
    append(routes,
           AutomationRunRoutes{store, automation.history, writes, [&] { automation.wake_runs(); }}
               .rows());
    append(routes, AutomationStartRoutes{{registry, store, keys, automation.history},
                                         writes,
                                         automation.triggers,
                                         automation.hooks,
                                         automation.backtests,
                                         [&] { automation.wake_backtests(); },
                                         config.hook_base(),
                                         secrets}
                       .rows());
    append(routes, house.rows(writes));
    routes = with_other_names(std::move(routes), registry);
    segments = first_segments(routes);
    describe = [table = routes, components = route_components()](const Registry& kinds_described) {
        return to_text(openapi_document(table, kinds_described, components));
    };
    openapi = describe(registry);

    if (!config.has_role("api")) std::erase_if(routes, is_for_the_api);

    ApplicationOptions manners;
    if (config.request_quotas.are_kept) manners.limits = &limits;
    UsageCounter usage_counter(usage, routes);
    manners.usage = &usage_counter;
    manners.proxies = config.trusted_proxies;
    manners.headers.is_https = !config.tls_cert.empty();
    manners.headers.cross_origin = CrossOrigin(config.cors_origins);
    Application application(std::move(routes), instead != nullptr ? *instead : authenticator,
                            positions, denials, manners);
    metrics.on_collect([&](MetricsText& out) {
        application.metrics().write(out, application.routes());
        denials.write(out);
    });
    HttpServerOptions options;
    options.address = config.bind;
    options.port = config.port;
    options.workers = config.workers;
    options.readers = config.read_connections;
    options.tls_certificate = config.tls_cert;
    options.tls_key = config.tls_key;
    options.spool_folder = config.data_dir / "spool";
    // A request may wait for its turn, or a commit's outcome, as long as the database is away.
    options.on_drained = [&] {
        end.begin();
        imports.begin_stop();
        automation.begin_stop();
        commands.begin_stop();
        appender.stop();
        heads.stop();
    };
    HttpServer server(application, options);
    listening = &server;

    // Start what runs by itself; everything stops in the reverse order of its declaration.
    hub.start();
    for (const auto& subscription : subscriptions) subscription->start();
    if (following) following->start();
    automation.start();
    if (relay) relay->start();
    if (config.has_role("api")) { // files of uploads lie in its data folder
        for (const char* const folder : {"imports", "spool"})
            sweep_uploads(config.data_dir / folder);
        sweep_imports(import_jobs, config.data_dir);
        imports.start();
    }
    PendingWords words(system, signal);
    std::optional<Housekeeping> housekeeping; // safe in several processes at once
    std::optional<Housekeeping> merging;
    if (config.has_role("scheduler")) {
        housekeeping.emplace(chores(store, identity.credentials, identity.links, identity.api_keys,
                                    bulk_requests, leases, usage, house.queues,
                                    automation.backtests, system));
        merging.emplace(std::vector{merging_of(words)});
    }
    spdlog::info("serving on {}:{} as {}", config.bind, server.port(),
                 fmt::join(config.roles, ", "));
    server.run(true);
    spdlog::info("stopping");
    follower.begin_stop();
    if (following) following->begin_stop();
    for (const auto& subscription : subscriptions) subscription->begin_stop();
    return 0;
}

} // namespace throughline
