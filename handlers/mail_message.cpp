#include "handlers/mail_message.hpp"

#include "bus/ids.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <string_view>
#include <vector>

namespace throughline {

namespace {

constexpr std::size_t body_line = 57;     // bytes, which are 76 characters of base64
constexpr std::size_t encoded_bytes = 42; // of text in an encoded word of at most 75 characters
constexpr std::string_view crlf = "\r\n";
constexpr std::string_view word_begin = "=?UTF-8?B?";
constexpr std::string_view word_end = "?=";

std::string base64(std::string_view bytes) {
    std::vector<char> out(sodium_base64_ENCODED_LEN(bytes.size(), sodium_base64_VARIANT_ORIGINAL));
    sodium_bin2base64(out.data(), out.size(), reinterpret_cast<const unsigned char*>(bytes.data()),
                      bytes.size(), sodium_base64_VARIANT_ORIGINAL);
    return out.data();
}

/// Nothing where it is something else.
std::optional<std::string> decoded_base64(std::string_view text) {
    std::string out(text.size(), '\0');
    std::size_t size = 0;
    if (sodium_base642bin(reinterpret_cast<unsigned char*>(out.data()), out.size(), text.data(),
                          text.size(), nullptr, &size, nullptr,
                          sodium_base64_VARIANT_ORIGINAL) != 0)
        return std::nullopt;
    out.resize(size);
    return out;
}

std::optional<std::string> decoded_word(std::string_view text) {
    if (!text.starts_with(word_begin)) return std::nullopt;
    text.remove_prefix(word_begin.size());
    if (!text.ends_with(word_end)) return std::nullopt;
    text.remove_suffix(word_end.size());
    return decoded_base64(text);
}

/// Without line ends and other control characters.
std::string on_one_line(std::string_view text) {
    std::string out(text);
    std::ranges::replace_if(
        out, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, ' ');
    return out;
}

bool is_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// The longest beginning of at most `most` bytes that ends with a whole character.
std::string_view whole_characters(std::string_view text, std::size_t most) {
    if (text.size() <= most) return text;
    while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0U) == 0x80U) --most;
    return text.substr(0, most);
}

/// A header's text: as it is where it is short ASCII, else encoded words on lines of their own.
std::string header_text(std::string_view text) {
    constexpr std::size_t short_enough = 60;
    const std::string line = on_one_line(text);
    if (is_ascii(line) && line.size() <= short_enough && line.find("=?") == std::string::npos)
        return line;
    std::string out;
    for (std::string_view rest = line; !rest.empty();) {
        const auto part = whole_characters(rest, encoded_bytes);
        out.append(out.empty() ? "" : "\r\n ").append(word_begin).append(base64(part));
        out.append(word_end);
        rest.remove_prefix(part.size());
    }
    return out;
}

/// RFC 5322 section 3.3, whose names are English whatever the locale.
std::string date_text(Time at) {
    using namespace std::chrono;
    static constexpr std::array<std::string_view, 7> days{"Sun", "Mon", "Tue", "Wed",
                                                          "Thu", "Fri", "Sat"};
    static constexpr std::array<std::string_view, 12> months{
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto day = floor<std::chrono::days>(at);
    const year_month_day date{day};
    const hh_mm_ss time{floor<seconds>(at - day)};
    return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} +0000",
                       days.at(weekday{day}.c_encoding()), static_cast<unsigned>(date.day()),
                       months.at(static_cast<unsigned>(date.month()) - 1),
                       static_cast<int>(date.year()), time.hours().count(), time.minutes().count(),
                       time.seconds().count());
}

/// CRLF line ends, whichever of CRLF, LF and CR the text has, then base64 in lines.
std::string body_text(std::string_view text) {
    std::string lines;
    char last = '\0';
    for (const char c : text) {
        if (c != '\n' && c != '\r')
            lines += c;
        else if (c == '\r' || last != '\r')
            lines += crlf;
        last = c;
    }
    std::string out;
    for (std::size_t at = 0; at < lines.size(); at += body_line)
        out += base64(std::string_view(lines).substr(at, body_line)).append(crlf);
    return out;
}

/// `<ada@example.com>, <bob@example.com>`, folded.
std::string address_list(const std::vector<std::string>& addresses) {
    std::string out;
    for (const std::string& address : addresses)
        out += (out.empty() ? "<" : ",\r\n <") + on_one_line(address) + ">";
    return out;
}

std::vector<std::string> all_to(const Mail& mail) {
    std::vector<std::string> out{mail.to};
    out.insert(out.end(), mail.also_to.begin(), mail.also_to.end());
    return out;
}

void append_header(std::string& out, std::string_view name, const std::string& value) {
    out.append(name).append(": ").append(value).append(crlf);
}

/// One content with the headers that say what it is.
std::string part_text(std::string_view type, std::string_view content) {
    std::string out;
    append_header(out, "Content-Type", "text/" + std::string(type) + "; charset=utf-8");
    append_header(out, "Content-Transfer-Encoding", "base64");
    return out.append(crlf).append(body_text(content));
}

/// The plain text first, as RFC 2046 wants it. No line of base64 is the boundary.
std::string alternatives(const Mail& mail, const std::string& boundary) {
    std::string out;
    append_header(out, "Content-Type", "multipart/alternative; boundary=\"" + boundary + "\"");
    out.append(crlf);
    for (const std::string& part : {part_text("plain", mail.text), part_text("html", mail.html)})
        out.append("--").append(boundary).append(crlf).append(part);
    return out.append("--").append(boundary).append("--").append(crlf);
}

} // namespace

MailEnvelope envelope_of(const Mail& mail, const std::string& from) {
    return {from, mail.id.is_nil() ? new_id() : mail.id, now()};
}

std::string message_text(const Mail& mail, const MailEnvelope& envelope) {
    const auto at = envelope.from.find('@');
    const std::string domain =
        at == std::string::npos ? "localhost" : on_one_line(envelope.from.substr(at + 1));
    const std::string id = to_string(envelope.id);
    std::string out;
    append_header(out, "From", "Throughline <" + on_one_line(envelope.from) + ">");
    append_header(out, "To", address_list(all_to(mail)));
    if (!mail.cc.empty()) append_header(out, "Cc", address_list(mail.cc));
    append_header(out, "Subject", header_text(mail.subject));
    append_header(out, "Date", date_text(envelope.at));
    append_header(out, "Message-ID", "<" + id + "@" + domain + ">");
    append_header(out, "MIME-Version", "1.0");
    append_header(out, "Auto-Submitted", "auto-generated"); // RFC 3834
    if (mail.html.empty()) return out + part_text("plain", mail.text);
    if (mail.text.empty()) return out + part_text("html", mail.html);
    return out + alternatives(mail, "=_" + id);
}

std::string decoded_text(std::string_view message) {
    std::string out;
    while (!message.empty()) {
        const std::size_t end = std::min(message.find(crlf), message.size());
        const std::string_view line = message.substr(0, end);
        message.remove_prefix(std::min(end + crlf.size(), message.size()));
        const std::size_t word = std::min(line.find(word_begin), line.size());
        const bool goes_on = word == 1; // the header of the line before
        if (const auto header = decoded_word(line.substr(word)))
            out += (goes_on ? "" : "\n" + std::string(line.substr(0, word))) + *header;
        else if (const auto body = decoded_base64(line); body && !line.empty())
            out += *body;
        else
            out.append("\n").append(line);
    }
    return out;
}

} // namespace throughline
