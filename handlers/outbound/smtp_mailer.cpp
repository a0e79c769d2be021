#include "handlers/outbound/smtp_mailer.hpp"

#include "domain/text.hpp"
#include "handlers/mail_message.hpp"
#include "handlers/outbound/curl_handle.hpp"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>

namespace throughline {

namespace {

constexpr long connect_ms = 3000;

Rejection wrong(std::string detail) { return {Refusal::invalid, std::move(detail)}; }

std::string decoded(const std::string& text) {
    int size = 0;
    const std::unique_ptr<char, void (*)(void*)> out(
        curl_easy_unescape(nullptr, text.c_str(), static_cast<int>(text.size()), &size), curl_free);
    return out ? std::string(out.get(), static_cast<std::size_t>(size)) : std::string();
}

std::vector<std::string> recipients_of(const Mail& mail) {
    std::vector<std::string> all{mail.to};
    all.insert(all.end(), mail.also_to.begin(), mail.also_to.end());
    all.insert(all.end(), mail.cc.begin(), mail.cc.end());
    std::ranges::sort(all);
    all.erase(std::ranges::unique(all).begin(), all.end());
    return all;
}

/// An address becomes part of a command: nothing in it may end that.
std::string path_of(const std::string& address) {
    const auto ends_it = [](char c) {
        return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F || c == '<' || c == '>';
    };
    if (!looks_like_email(address) || std::ranges::any_of(address, ends_it))
        throw MailFault("an address is none that mail can go to", false);
    return "<" + address + ">";
}

/// libcurl's read callback.
std::size_t give(char* buffer, std::size_t size, std::size_t count, void* rest) {
    auto& left = *static_cast<std::string_view*>(rest);
    const std::size_t taken = std::min(left.size(), size * count);
    std::memcpy(buffer, left.data(), taken);
    left.remove_prefix(taken);
    return taken;
}

void log_in(CURL* curl, const SmtpServer& server) {
    const bool has_secret = !server.username.empty();
    curl_easy_setopt(curl, CURLOPT_USE_SSL,
                     static_cast<long>(has_secret ? CURLUSESSL_ALL : CURLUSESSL_TRY));
    if (!server.certificates.empty())
        curl_easy_setopt(curl, CURLOPT_CAINFO, server.certificates.c_str());
    if (!has_secret) return;
    curl_easy_setopt(curl, CURLOPT_USERNAME, server.username.c_str());
    curl_easy_setopt(curl, CURLOPT_PASSWORD, server.password.c_str());
}

[[noreturn]] void raise(CURLcode result, long answer, const char* detail) {
    constexpr long lasting = 500; // RFC 5321 section 4.2.1
    const std::string why = *detail != '\0' ? detail : curl_easy_strerror(result);
    if (answer < 400) throw MailFault("the mail server: " + why, true);
    throw MailFault(fmt::format("the mail server answers {}: {}", answer, why), answer < lasting);
}

} // namespace

Result<SmtpServer> read_smtp_url(const std::string& text) {
    const CurlUrl url = new_curl_url();
    if (curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK)
        return wrong("must be a URL such as smtp://user:password@host:587");
    const std::string scheme = part_of(url.get(), CURLUPART_SCHEME);
    if (scheme != "smtp" && scheme != "smtps") return wrong("must begin with smtp:// or smtps://");
    if (const std::string path = part_of(url.get(), CURLUPART_PATH); path.size() > 1)
        return wrong("has a path");
    SmtpServer server;
    server.username = decoded(part_of(url.get(), CURLUPART_USER));
    server.password = decoded(part_of(url.get(), CURLUPART_PASSWORD));
    const std::string port = part_of(url.get(), CURLUPART_PORT);
    server.url = scheme + "://" + part_of(url.get(), CURLUPART_HOST) +
                 (port.empty() ? (scheme == "smtp" ? ":587" : ":465") : ":" + port);
    return server;
}

void SmtpMailer::send(const Mail& mail) {
    const CurlHandle curl = new_curl();
    const std::string text = message_text(mail, envelope_of(mail, from_));
    const std::string url = server_.url + "/" + from_.substr(from_.find('@') + 1); // who greets
    const std::string sender = path_of(from_);
    CurlLines recipients = no_lines();
    for (const std::string& address : recipients_of(mail))
        append_line(recipients, path_of(address));
    std::string_view rest = text;
    std::array<char, CURL_ERROR_SIZE> detail{};
    curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(curl.get(), CURLOPT_ERRORBUFFER, detail.data());
    curl_easy_setopt(curl.get(), CURLOPT_CONNECTTIMEOUT_MS, connect_ms);
    curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(patience_.count()));
    log_in(curl.get(), server_);
    curl_easy_setopt(curl.get(), CURLOPT_MAIL_FROM, sender.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_MAIL_RCPT, recipients.get());
    curl_easy_setopt(curl.get(), CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl.get(), CURLOPT_READFUNCTION, give);
    curl_easy_setopt(curl.get(), CURLOPT_READDATA, &rest);
    const CURLcode result = curl_easy_perform(curl.get());
    if (result == CURLE_OK) return;
    long answer = 0;
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &answer);
    raise(result, answer, detail.data());
}

} // namespace throughline
