#pragma once
#include "api/bulk_lookup.hpp"
#include "api/config.hpp"
#include "api/referring_records.hpp"
#include "api/router.hpp"
#include "api/routes/record_past.hpp"
#include "api/session/denials.hpp"
#include "api/session/idempotency.hpp"
#include "bus/event_hub.hpp"
#include "bus/head_reader.hpp"
#include "bus/log_index.hpp"
#include "bus/subscription.hpp"
#include "handlers/bulk/bulk_changes.hpp"
#include "handlers/bulk/bulk_requests.hpp"
#include "handlers/commands.hpp"
#include "handlers/custom_fields.hpp"
#include "handlers/deals.hpp"
#include "handlers/erasure/erasure.hpp"
#include "handlers/erasure/house_places.hpp"
#include "handlers/erasure/person_places.hpp"
#include "handlers/identity/tenants.hpp"
#include "handlers/import/import_jobs.hpp"
#include "handlers/lead_conversion.hpp"
#include "handlers/merge_undo.hpp"
#include "handlers/merges.hpp"
#include "handlers/reference_follower.hpp"
#include "handlers/tenant_kinds.hpp"
#include "handlers/undo.hpp"
#include "projections/audit.hpp"
#include "projections/deal_reports.hpp"
#include "projections/duplicates.hpp"
#include "projections/lists.hpp"
#include "projections/past.hpp"
#include "projections/search.hpp"
#include "projections/timeline.hpp"

#include <memory>
#include <optional>

namespace throughline {

/// Records: how they are changed, merged, erased and undone, what is read of them, now and as it
/// stood, and the routes to all of it.
struct RecordService {
    struct Parts {
        const Config& config;
        Database& app;
        Database& system;
        EventStore& store;
        const Registry& registry;
        HeadReader& heads;
        Checkpoints& checkpoints;
        EventHub& hub;
        LogSourceFactory source;
        BackgroundPace& pace;
        Denials& denials;
    };
    explicit RecordService(Parts parts);

    const Parts with;
    TenantKinds kinds; // as each tenant has them
    const std::shared_ptr<void> watching_kinds;
    RecordCommands commands; // its begin_stop is the server's to call
    const CustomFields custom_fields;
    const Tenants tenants;
    const Deals deals;
    const LeadConversion conversion;
    Lists lists;
    Audit audit;
    DealReports deal_reports;
    Timeline timeline;
    Search search;
    Duplicates duplicates;
    LogIndex log_index; // into the log by time and by cause
    const LogMoments moments;
    Past past; // records as they stood
    const PastRoutes of_the_past;
    const Merges merges;
    ListedReferences referring;
    ReferenceFollower follower;
    std::optional<Subscription> following; // what refers to a merged record
    const BulkChanges bulk;
    BulkRequests bulk_requests;
    ListBulkLookup bulk_lookup;
    PersonPlaces person_places;
    HousePlaces house_places;
    Erasure erasure;
    const Undo undo;
    const MergeUndo merge_undo;

    void start();
    /// Of what follows merges, without waiting.
    void begin_stop();
    /// The follower's; null where it does not run here.
    [[nodiscard]] const Subscription* subscription() const {
        return following ? &*following : nullptr;
    }
    /// `imports`: whole ones are undone.
    [[nodiscard]] Routes rows(IdempotencyKeys& keys, ImportJobs& imports);
};

} // namespace throughline
