#include "tests/support/smtp_sink.hpp"

#include "tests/support/raw_connection.hpp"
#include "tests/support/wait.hpp"

#include <stdexcept>

namespace throughline {

namespace {

bool greets(std::uint16_t port) {
    try {
        return RawConnection(port).read_until("\n").starts_with("220");
    } catch (const std::exception&) {
        return false; // not yet
    }
}

} // namespace

SmtpSink::SmtpSink(const Certificate* certificate) : port_(free_port()) {
    // Debian's Python has Debian's aiosmtpd, whatever else is on PATH.
    std::vector<std::string> command{"/usr/bin/python3",
                                     THROUGHLINE_SOURCE_DIR "/tests/support/smtp_sink.py",
                                     std::to_string(port_), folder_.path().string()};
    if (certificate != nullptr) {
        command.push_back(certificate->file().string());
        command.push_back(certificate->key().string());
    }
    process_ = std::make_unique<ChildProcess>(ChildCommand{command, {}}, folder_.path() / "log");
    if (!wait_until([&] { return greets(port_) || !process_->running(); }) || !process_->running())
        throw std::runtime_error("the mail server does not start: " +
                                 text_of_file(folder_.path() / "log"));
}

std::vector<SmtpSink::Message> SmtpSink::messages() const {
    std::vector<Message> out;
    for (int i = 1;; ++i) {
        const auto envelope = folder_.path() / (std::to_string(i) + ".json");
        if (!std::filesystem::exists(envelope)) return out;
        out.push_back({text_of_file(folder_.path() / (std::to_string(i) + ".eml")),
                       parse_json(text_of_file(envelope))});
    }
}

} // namespace throughline
