#include "domain/deal.hpp"

#include "domain/identity/tenant_rules.hpp"
#include "domain/record/change.hpp"
#include "domain/record/kind.hpp"

namespace throughline {

namespace {

/// Why it was lost is said of a lost deal alone.
Result<JsonObject> settle(const Kind&, const Record& before, JsonObject values, Time) {
    const Json stage =
        values.contains("stage") ? value_of(values, "stage") : value_of(before.fields, "stage");
    if (stage.is_null()) return values;
    const bool has_reason = !value_of(before.fields, "lost_reason").is_null();
    if (stage != Json(lost_stage) && has_reason && !values.contains("lost_reason"))
        values.append("lost_reason", nullptr);
    return values;
}

} // namespace

Kind deal_kind() {
    Kind kind{
        "deal",
        "deals",
        {
            text("name").required().maybe_personal().searchable().sortable(),
            money("value").sortable(),
            own("currency", currency_rules()).initially("USD").never_null().going_with("value"),
            choice("stage", {"new", "qualified", "proposal", "negotiation", won_stage, lost_stage})
                .initially("new")
                .never_null()
                .change_is("stage_changed")
                .becoming_is(won_stage, "won")
                .becoming_is(lost_stage, "lost"),
            reference("contact_id", "contact"),
            reference("organization_id", "organization").created_by_name(),
            reference("owner_id", "user").by_default_the_creator(),
            date("expected_close_date").sortable(),
            text("lost_reason").at_most(1000).searchable().going_with("stage"),
            metadata("metadata"),
        }};
    kind.also = "opportunity";
    kind.also_plural = "opportunities";
    kind.settle = settle;
    kind.told = {{"won", "value", "value"},
                 {"won", "currency", "currency"},
                 {"lost", "reason", "lost_reason"}};
    return kind;
}

} // namespace throughline
