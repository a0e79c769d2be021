#include "handlers/mail_folder.hpp"

#include "handlers/mail_message.hpp"

#include <spdlog/spdlog.h>

#include <fstream>
#include <stdexcept>

namespace throughline {

namespace fs = std::filesystem;

fs::path mail_folder_of(const fs::path& folder, const Uuid& tenant) {
    return tenant.is_nil() ? folder : folder / to_string(tenant);
}

void MailFolder::send(const Mail& mail) {
    if (!is_told_.exchange(true))
        spdlog::warn("mail is not delivered: it is written to {}", folder_.string());
    const fs::path folder = mail_folder_of(folder_, mail.tenant);
    fs::create_directories(folder);
    fs::permissions(folder_, fs::perms::owner_all);
    const MailEnvelope envelope = envelope_of(mail, from_);
    const fs::path file = folder / (to_string(envelope.id) + ".eml");
    const fs::path unfinished = fs::path(file).replace_extension(".tmp");
    std::ofstream out(unfinished, std::ios::binary);
    out << message_text(mail, envelope);
    out.close();
    if (!out) throw std::runtime_error("no mail can be written to " + folder_.string());
    fs::permissions(unfinished, fs::perms::owner_read | fs::perms::owner_write);
    fs::rename(unfinished, file);
}

} // namespace throughline
