#include "domain/automation_run.hpp"

namespace throughline {

namespace {

std::optional<Json> any_value(const Json& written, const std::string&, std::vector<FieldError>&) {
    return written;
}

const OwnRules& payload_rules() {
    static constexpr OwnRules rules{any_value, R"({"type": "object"})", true};
    return rules;
}

} // namespace

Kind automation_run_kind() {
    Kind kind{"automation_run",
              "automation_runs",
              {
                  text("rule_id").required(),
                  text("rule_name").required(),
                  number("rule_version"),
                  text("trigger_type"),
                  text("event_id"),
                  choice("mode", {"live", "shadow"}),
                  choice("status", {"running", "succeeded", "failed", "cancelled", "dead"})
                      .initially("running")
                      .change_is("status_changed")
                      .becoming_is("succeeded", "succeeded")
                      .becoming_is("failed", "failed")
                      .becoming_is("cancelled", "cancelled")
                      .becoming_is("dead", "dead"),
              },
              {"rule_name"}};
    for (const auto* const end : {"succeeded", "failed", "cancelled", "dead"})
        for (const auto* const member : {"rule_id", "rule_name"})
            kind.told.push_back({end, member, member});
    kind.events = {"created", "status_changed", "succeeded", "failed", "cancelled", "dead"};
    return kind;
}

Kind automation_trigger_kind() {
    Kind kind{"automation_trigger",
              "automation_triggers",
              {
                  text("rule_id").required(),
                  choice("source", {"cron", "webhook", "manual", "due_soon"}).required(),
                  text("record_kind"),
                  text("record_id"),
                  time("scheduled_at"),
                  number("missed"),
                  own("payload", payload_rules()).personal(),
              },
              {"source"}};
    kind.events = {"created", "erased"};
    return kind;
}

Kind automation_breaker_kind() {
    Kind kind{"automation_breaker",
              "automation_breakers",
              {
                  choice("status", {"closed", "open"})
                      .initially("closed")
                      .change_is("status_changed")
                      .becoming_is("open", "opened")
                      .becoming_is("closed", "closed"),
              },
              {"status"}};
    kind.events = {"created", "opened", "closed"};
    return kind;
}

} // namespace throughline
