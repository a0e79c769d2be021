#include "domain/rules/dry_run.hpp"

#include "domain/rules/text_reader.hpp"

#include <algorithm>

namespace throughline::rules {

namespace {

JsonObject told(const Condition& condition, const Finding& finding) {
    const JsonObject* const written = condition.written.object();
    JsonObject told = written == nullptr ? JsonObject{} : *written;
    told.set("result", finding.holds);
    if (finding.error)
        told.set("error", JsonObject{{"type", finding.error->type},
                                     {"pointer", finding.error->pointer},
                                     {"detail", finding.error->detail}});
    return told;
}

/// What earlier actions give is known once they were done.
void explain_results(std::vector<TemplateWarning>& warnings) {
    constexpr std::string_view nothing = "There is nothing at ";
    for (TemplateWarning& warning : warnings)
        if (warning.detail.starts_with(std::string(nothing) + "actions."))
            warning.detail =
                "What is at " +
                warning.detail.substr(nothing.size(), warning.detail.size() - nothing.size() - 1) +
                " is known in a run alone.";
}

} // namespace

DryRun dry_run(const Conditions& conditions, const std::vector<Action>& actions,
               const TemplateContext& context) {
    DryRun run;
    Document document;
    Evaluator evaluator;
    evaluator.set_zone(context.zone);
    const Value data = document.hold(context.data);
    std::size_t steps = evaluator.limits().steps;
    run.matched = true;
    for (const Condition& condition : conditions) {
        const Finding finding = examine(condition, evaluator, data, steps);
        run.matched = run.matched && finding.holds;
        run.conditions.push_back(told(condition, finding));
    }
    for (std::size_t i = 0; i < actions.size(); ++i)
        run.actions.push_back(JsonObject{
            {"type", actions[i].type->name},
            {"rendered", rendered_parameters(actions[i], context, "/actions/" + std::to_string(i),
                                             run.warnings)}});
    explain_results(run.warnings);
    return run;
}

JsonObject to_json(const DryRun& run) {
    JsonArray warnings;
    for (const TemplateWarning& warning : run.warnings)
        warnings.push_back(JsonObject{{"pointer", warning.pointer}, {"detail", warning.detail}});
    return {{"matched", run.matched},
            {"conditions", run.conditions},
            {"actions", run.actions},
            {"warnings", std::move(warnings)}};
}

} // namespace throughline::rules
