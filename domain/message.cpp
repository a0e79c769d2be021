#include "domain/record/change.hpp"
#include "domain/record/kind.hpp"

namespace throughline {

namespace {

/// A message that says no time was sent as it came.
Result<JsonObject> settle(const Kind&, const Record& before, JsonObject values, Time at) {
    if (before.version == 0 && !values.contains("sent_at"))
        values.append("sent_at", to_rfc3339(at));
    return values;
}

} // namespace

Kind message_kind() {
    Kind kind{"message",
              "messages",
              {
                  text("channel").at_most(50).required(),
                  choice("direction", {"in", "out"}).required(),
                  text("from").personal().searchable(),
                  text("to").at_most(2000).personal().searchable(),
                  text("subject").personal().searchable(),
                  long_text("body").required().personal().searchable(),
                  time("sent_at").sortable(),
                  reference("thread_id", "message"), // the first message of its thread
                  reference("contact_id", "contact"),
                  reference("organization_id", "organization").created_by_name(),
                  reference("deal_id", "deal"),
                  reference("lead_id", "lead"),
                  reference("owner_id", "user").by_default_the_creator(),
                  metadata("metadata"),
              },
              {"subject", "body"}};
    kind.settle = settle;
    return kind;
}

} // namespace throughline
