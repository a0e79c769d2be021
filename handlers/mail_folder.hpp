#pragma once
#include "handlers/mail.hpp"

#include <atomic>
#include <filesystem>

namespace throughline {

/// Where the mails of a tenant are; those of the server are in the folder itself.
[[nodiscard]] std::filesystem::path mail_folder_of(const std::filesystem::path& folder,
                                                   const Uuid& tenant);

/// Mail that goes nowhere: each message is a file, `<id>.eml`, in a folder that its owner alone
/// may read. Says so once in the log.
class MailFolder : public Mailer {
  public:
    MailFolder(std::filesystem::path folder, std::string from)
        : folder_(std::move(folder)), from_(std::move(from)) {}

    void send(const Mail& mail) override;

  private:
    const std::filesystem::path folder_;
    const std::string from_;
    std::atomic<bool> is_told_ = false;
};

} // namespace throughline
