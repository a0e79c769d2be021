#include "domain/lead.hpp"

#include "domain/record/change.hpp"
#include "domain/record/kind.hpp"

namespace throughline {

namespace {

/// Conversion makes records, so a plain change cannot lead there, nor back.
Result<JsonObject> settle(const Kind&, const Record& before, JsonObject values, Time) {
    const Json* const status = values.find("status");
    if (before.version == 0 || status == nullptr) return values;
    const Json* const old = before.fields.find("status");
    const bool was_converted = old != nullptr && *old == Json(converted_status);
    if (was_converted == (*status == Json(converted_status))) return values;
    return invalid({{"/status", "invalid_choice",
                     was_converted ? "A converted lead keeps its status."
                                   : "A lead becomes converted by its conversion alone."}});
}

} // namespace

Kind lead_kind() {
    Kind kind{"lead",
              "leads",
              {
                  text("name").required().personal().searchable().sortable(),
                  email("email").personal().searchable(),
                  phone("phone").personal().searchable(),
                  text("company").personal().searchable(),
                  text("source").searchable(),
                  choice("status", {"new", "contacted", "qualified", "converted", "lost"})
                      .initially("new")
                      .never_null()
                      .change_is("status_changed")
                      .becoming_is(converted_status, "converted"),
                  reference("owner_id", "user").by_default_the_creator(),
                  reference("contact_id", "contact"),
                  reference("organization_id", "organization").created_by_name(),
                  reference("deal_id", "deal"),
                  metadata("metadata").personal(),
              }};
    kind.settle = settle;
    for (const char* const link : {"contact_id", "organization_id", "deal_id"})
        kind.told.push_back({"converted", link, link});
    return kind;
}

} // namespace throughline
