#include "handlers/automation/actions/outcomes.hpp"

#include "domain/rules/template_helpers.hpp"
#include "domain/text.hpp"

namespace throughline {

namespace {

/// What conflicts is a record that others kept changing.
bool is_transient(Refusal refusal) {
    return refusal == Refusal::unavailable || refusal == Refusal::throttled ||
           refusal == Refusal::conflict;
}

} // namespace

std::optional<std::string> text_parameter(const Effect& effect, std::string_view name) {
    const Json* const value = effect.parameters.find(name);
    std::string text = value == nullptr ? std::string() : rules::text_of(*value);
    return text.empty() ? std::nullopt : std::optional(std::move(text));
}

std::vector<std::string> addresses_parameter(const Effect& effect, std::string_view name) {
    const std::string text = text_parameter(effect, name).value_or("");
    std::vector<std::string> addresses;
    for (const std::string_view one : comma_parts(text))
        if (!one.empty()) addresses.emplace_back(one);
    return addresses;
}

std::optional<Failed> fault_of_sending(Mailer& mailer, const Mail& mail) {
    try {
        mailer.send(mail);
        return std::nullopt;
    } catch (const MailFault& fault) {
        return Failed{fault.what(), fault.is_transient()};
    }
}

Failed failed(const Rejection& rejection, std::string_view pointer) {
    Failed end{rejection.detail, is_transient(rejection.refusal)};
    for (const FieldError& error : rejection.errors)
        end.detail += ' ' + std::string(pointer) + error.where + ": " + error.detail;
    if (rejection.retry_after.count() > 0) end.retry_after = rejection.retry_after;
    return end;
}

Failed failed(std::string_view parameter, std::string_view detail) {
    return {'/' + std::string(parameter) + ": " + std::string(detail)};
}

} // namespace throughline
