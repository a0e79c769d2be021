#include "handlers/automation/actions/message_post.hpp"

#include "domain/text.hpp"
#include "handlers/automation/actions/outcomes.hpp"

#include <algorithm>

namespace throughline {

namespace {

constexpr std::size_t most_recipients = 50;
constexpr std::size_t longest_subject = 78; // characters; RFC 5322, 2.1.1

std::string joined(const std::vector<std::string>& texts) {
    std::string all;
    for (const std::string& text : texts) all += (all.empty() ? "" : ", ") + text;
    return all;
}

/// A mail's subject is its first line.
std::string subject_of(const std::string& body) {
    const std::string text = trimmed(body);
    return cut_to_characters(trimmed(text.substr(0, text.find_first_of("\r\n"))), longest_subject);
}

} // namespace

EffectResult MessagePost::operator()(const Effect& effect) const {
    const std::string channel = text_parameter(effect, "channel").value_or("");
    const std::string body = text_parameter(effect, "body").value_or("");
    const std::vector<std::string> to = addresses_parameter(effect, "to");
    const bool is_mail = case_folded(trimmed(channel)) == "email";
    if (is_mail && !std::ranges::all_of(to, looks_like_email))
        return failed("to", "By email it goes to addresses.");
    if (is_mail && to.size() > most_recipients)
        return failed("to", "A message goes to at most 50 addresses.");
    JsonObject data{{"channel", channel}, {"direction", "out"}, {"body", body}};
    if (!to.empty()) data.append("to", joined(to));
    if (is_mail) data.append("subject", subject_of(body));
    EffectResult end = records.create(effect, "message", std::move(data), "");
    if (!is_mail || to.empty() || !std::holds_alternative<Done>(end)) return end;
    // One mail to all of them: one after the other would outlast the run's lease, and begin again.
    Mail mail{to.front(), subject_of(body), body, derived_uuid(effect.id, "mail")};
    mail.tenant = effect.run.tenant;
    mail.also_to.assign(to.begin() + 1, to.end());
    if (auto fault = fault_of_sending(mailer, mail)) return *fault;
    return end;
}

} // namespace throughline
