#include "domain/text.hpp"
#include "handlers/automation/actions/outbound.hpp"
#include "handlers/automation/actions/outcomes.hpp"

#include <algorithm>

namespace throughline {

namespace {

constexpr std::size_t most_recipients = 50;

Mail mail_of(const Effect& effect) {
    auto to = addresses_parameter(effect, "to_email");
    Mail mail;
    mail.id = effect.id;
    mail.tenant = effect.run.tenant;
    mail.subject = text_parameter(effect, "subject").value_or("");
    mail.text = text_parameter(effect, "body").value_or("");
    mail.html = text_parameter(effect, "html").value_or("");
    mail.cc = addresses_parameter(effect, "cc");
    if (to.empty()) return mail;
    mail.to = std::move(to.front());
    mail.also_to.assign(to.begin() + 1, to.end());
    return mail;
}

std::optional<Failed> fault_of(const Mail& mail) {
    const auto is_address = [](const std::string& text) { return looks_like_email(text); };
    if (mail.to.empty()) return failed("to_email", "There is nobody to send it to.");
    if (!is_address(mail.to) || !std::ranges::all_of(mail.also_to, is_address) ||
        !std::ranges::all_of(mail.cc, is_address))
        return Failed{"An address looks like name@example.com."};
    if (1 + mail.also_to.size() + mail.cc.size() > most_recipients)
        return Failed{"A message goes to at most 50 addresses."};
    return std::nullopt;
}

} // namespace

Perform email_send_action(const Outbound& with) {
    return [with](const Effect& effect) -> EffectResult {
        const Mail mail = mail_of(effect);
        if (auto fault = fault_of(mail)) return *fault;
        if (auto fault = fault_of_sending(with.mailer, mail)) return *fault;
        return Done{JsonObject{{"message_id", to_string(effect.id)}}};
    };
}

} // namespace throughline
