#include "api/record_service.hpp"

#include "api/routes/audit.hpp"
#include "api/routes/bulk.hpp"
#include "api/routes/deal_reports.hpp"
#include "api/routes/duplicates.hpp"
#include "api/routes/erasure.hpp"
#include "api/routes/fields.hpp"
#include "api/routes/merges.hpp"
#include "api/routes/project_tasks.hpp"
#include "api/routes/record_actions.hpp"
#include "api/routes/records.hpp"
#include "api/routes/search.hpp"
#include "api/routes/timeline.hpp"
#include "api/routes/undo.hpp"
#include "api/routes/views.hpp"
#include "api/routes/why.hpp"

#include <algorithm>

namespace throughline {

RecordService::RecordService(Parts parts)
    : with(std::move(parts)), kinds(with.store, with.registry),
      watching_kinds(with.hub.watch_all([this](const StoredEvent& event) { kinds.see(event); })),
      commands(with.store, with.registry, &kinds),
      custom_fields(with.store, commands, with.registry, kinds), tenants(with.store, commands),
      deals(with.store, commands, with.registry), conversion(with.store, commands, with.registry),
      lists(with.app), audit(with.app), deal_reports(with.app, with.registry), timeline(with.app),
      search(with.app, with.registry), duplicates(with.app), log_index(with.system),
      moments(with.store, log_index), past(with.app, with.registry),
      of_the_past{with.registry, with.store, lists, past, moments}, merges(with.store, commands),
      referring(with.system, with.checkpoints),
      follower(with.store, commands, with.registry, referring), bulk(with.store, commands),
      bulk_requests(with.system), bulk_lookup(lists), person_places(with.system, with.registry),
      house_places(with.system), erasure(with.store, with.registry, person_places, house_places,
                                         with.config.data_dir / "mail"),
      undo(with.store, commands, with.app, log_index, with.registry),
      merge_undo(with.store, merges, with.registry, log_index) {
    if (with.config.has_role("projections"))
        following.emplace(with.config.database_url, with.source, follower, StartAt::head,
                          &with.pace);
}

void RecordService::start() {
    if (following) following->start();
}

void RecordService::begin_stop() {
    follower.begin_stop();
    if (following) following->begin_stop();
}

Routes RecordService::rows(IdempotencyKeys& keys, ImportJobs& imports) {
    const Registry& registry = with.registry;
    EventStore& store = with.store;
    const RecordAnswers answers{registry, store, keys};
    Routes routes =
        RecordRoutes{registry, commands, store, lists, audit, keys, with.heads, kinds, of_the_past}
            .rows();
    for (Routes more :
         {of_the_past.rows(), RecordActionRoutes{answers, commands, deals, conversion}.rows(),
          DealReportRoutes{registry, deal_reports, tenants, kinds, past, moments}.rows(),
          ViewRoutes{registry, commands, store, lists, keys}.rows(),
          ProjectTaskRoutes{registry, store, lists, kinds, past, moments}.rows(),
          FieldRoutes{registry, custom_fields, keys}.rows(),
          BulkRoutes{registry, store, bulk, bulk_requests, bulk_lookup, keys, with.denials, kinds}
              .rows(),
          ErasureRoutes{registry, store, erasure, keys}.rows(), audit_routes(registry, audit),
          search_routes(registry, search), duplicate_routes(registry, duplicates),
          TimelineRoutes{registry, store, timeline, past, moments, kinds}.rows(),
          MergeRoutes{answers, merges}.rows(), why_routes(store, log_index, registry),
          UndoRoutes{undo, merge_undo, imports, keys}.rows()})
        std::ranges::move(more, std::back_inserter(routes));
    return routes;
}

} // namespace throughline
