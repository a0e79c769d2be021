#include "api/routes/bulk.hpp"

#include "api/problem.hpp"
#include "api/routes/bulk_form.hpp"
#include "handlers/spent_key.hpp"

#include <algorithm>
#include <set>

namespace throughline {
namespace {

Rejection too_many() {
    return invalid({{"/filter", "too_large", "It takes more than 10,000 records."}});
}

std::string_view name_of(BulkResult::Fate fate) {
    switch (fate) {
    case BulkResult::Fate::succeeded: return "succeeded";
    case BulkResult::Fate::unchanged: return "unchanged";
    case BulkResult::Fate::failed: return "failed";
    }
    return {};
}

void append_result(std::string& to, const BulkResult& result) {
    to += R"({"id":")" + to_string(result.id) + R"(","status":")";
    to += name_of(result.fate);
    to += R"(","version":)";
    to += result.version == 0 ? "null" : std::to_string(result.version);
    to += R"(,"error":)";
    if (result.error)
        append_text(to, fault_json(*result.error));
    else
        to += "null";
    to += '}';
}

std::string answer_text(const Uuid& correlation, const BulkOutcome& outcome) {
    const auto count = [&](BulkResult::Fate fate) {
        return std::to_string(std::ranges::count(outcome.results, fate, &BulkResult::fate));
    };
    std::string text = R"({"correlation_id":")" + to_string(correlation) + R"(","matched":)" +
                       std::to_string(outcome.results.size());
    for (const auto fate :
         {BulkResult::Fate::succeeded, BulkResult::Fate::unchanged, BulkResult::Fate::failed})
        text.append(",\"").append(name_of(fate)).append("\":").append(count(fate));
    text += ",\"results\":[";
    for (const BulkResult& result : outcome.results) {
        if (text.back() != '[') text += ',';
        append_result(text, result);
    }
    return text + "]}";
}

/// One bulk request.
class Bulk {
  public:
    Bulk(const BulkRoutes& with, const Kind& kind, const Request& request)
        : with_(with), kind_(kind), request_(request) {}

    [[nodiscard]] Result<Response> answer() const {
        const auto own = with_.kinds.of(request_.principal->tenant_id, kind_);
        auto claim = with_.keys.claim(request_);
        if (!claim) return claim.error();
        auto context = command_context(request_, *claim);
        if (!context) return context.error();
        auto form = read_form(*own, *context);
        if (!form) return form.error();
        const Caller caller = request_.principal->caller();
        const bool deletes = form->change.action != BulkChange::Action::update;
        if (deletes && !caller.may(Permission::records_bulk_delete))
            return forbidden(Permission::records_bulk_delete);
        if (auto rejection = find_records(*own, *form, *context)) return *rejection;
        const BulkOutcome outcome = with_.bulk.run(*context, kind_, form->change);
        tell_denials(outcome);
        if (!form->change.dry_run)
            if (const auto spent = spend_key(with_.store, *context); !spent) return spent.error();
        Response response =
            json_response(200, answer_text(context->origin.correlation_id, outcome));
        response.with("Throughline-Position", std::to_string(outcome.position));
        if (outcome.replayed) response.with("Idempotency-Replayed", "true");
        return response;
    }

  private:
    /// The changes of a key that is known were judged then: the tenant may have declared something
    /// else since.
    [[nodiscard]] Result<BulkForm> read_form(const Kind& kind,
                                             const CommandContext& context) const {
        auto form = read_bulk_form(&kind, *request_.json);
        if (form || context.request_hash.empty()) return form;
        const auto known =
            with_.requests.find(context.tenant, context.command_id, context.request_hash);
        if (!known) return known.error();
        return *known ? read_bulk_form(nullptr, *request_.json) : form;
    }

    /// Of a key that is known those it stood for then.
    [[nodiscard]] std::optional<Rejection> find_records(const Kind& kind, BulkForm& form,
                                                        CommandContext& context) const {
        const bool is_kept = !context.request_hash.empty() && !form.change.dry_run;
        if (is_kept) {
            const auto spent = open_key(with_.store, context);
            if (!spent) return spent.error();
            auto known =
                with_.requests.find(context.tenant, context.command_id, context.request_hash);
            if (!known) return known.error();
            if (*known) {
                form.change.ids = std::move(**known);
                return std::nullopt;
            }
        }
        if (form.filter) {
            auto found = with_.lookup.find(context.tenant, context.caller, kind, *form.filter,
                                           max_bulk_records);
            if (!found) return found.error();
            if (found->size() > max_bulk_records) return too_many();
            form.change.ids = std::move(*found);
        }
        if (!is_kept) return std::nullopt;
        auto kept = with_.requests.keep(context.tenant, context.command_id, context.request_hash,
                                        form.change.ids);
        if (!kept) return kept.error();
        form.change.ids = std::move(*kept);
        return std::nullopt;
    }

    /// Once each, however many records it is.
    void tell_denials(const BulkOutcome& outcome) const {
        std::set<Permission> lacked;
        for (const BulkResult& result : outcome.results)
            if (result.error && result.error->denied) lacked.insert(*result.error->denied);
        for (const Permission permission : lacked)
            with_.denials.record(permission, request_.principal->user_id,
                                 request_.principal->tenant_id, request_.route,
                                 request_.traceparent);
    }

    const BulkRoutes& with_;
    const Kind& kind_;
    const Request& request_;
};

} // namespace

Routes BulkRoutes::rows() const {
    Routes routes;
    for (const Kind& kind : registry.kinds()) {
        Route& route = routes.emplace_back();
        route.method = "POST";
        route.path = "/" + kind.plural + "/bulk";
        route.summary = "Change, delete or restore many " + kind.plural;
        route.tag = kind.plural;
        route.permission = Permission::records_bulk_change;
        route.body.form = BodyRule::Form::json;
        route.body.schema = "BulkChange";
        route.answers = {{200, "What became of each.", "BulkOutcome"}};
        route.refusals = {409};
        route.reads_at_position = true;
        route.projection = "list_" + kind.name;
        route.handler = [with = *this, &kind](const Request& request) {
            return Bulk(with, kind, request).answer();
        };
    }
    return routes;
}

} // namespace throughline
