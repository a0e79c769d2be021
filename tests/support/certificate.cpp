#include "tests/support/certificate.hpp"

#include "tests/support/child_process.hpp"

#include <stdexcept>

namespace throughline {

Certificate::Certificate(const std::string& name) {
    const FinishedProcess made = run_process(
        {{"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
          "-nodes", "-days", "2", "-subj", "/CN=" + name, "-addext", "subjectAltName=IP:127.0.0.1",
          "-keyout", key().string(), "-out", file().string()},
         {}});
    if (made.status != 0) throw std::runtime_error("openssl makes no certificate: " + made.output);
}

void Certificate::become(const Certificate& other) const {
    const auto over = std::filesystem::copy_options::overwrite_existing;
    std::filesystem::copy_file(other.file(), file(), over);
    std::filesystem::copy_file(other.key(), key(), over);
}

} // namespace throughline
