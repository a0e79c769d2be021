#include "api/routes/docs_page.hpp"

#include <array>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <stdexcept>

namespace throughline {

namespace {

/// What stands between <name> and </name>.
std::string_view element(std::string_view page, const std::string& name) {
    const auto begin = page.find("<" + name + ">");
    const auto end = page.find("</" + name + ">");
    if (begin == std::string_view::npos || end == std::string_view::npos)
        throw std::logic_error("the page of /docs has no " + name);
    return page.substr(begin + name.size() + 2, end - begin - name.size() - 2);
}

std::string source_of(std::string_view text) {
    std::array<unsigned char, 32> digest{};
    std::array<unsigned char, 45> base64{};
    unsigned int size = 0;
    if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1)
        throw std::runtime_error("SHA-256 failed");
    EVP_EncodeBlock(base64.data(), digest.data(), static_cast<int>(digest.size()));
    return fmt::format("'sha256-{}'", reinterpret_cast<const char*>(base64.data()));
}

} // namespace

Response docs_response() {
    static const std::string policy = fmt::format(
        "default-src 'none'; connect-src 'self'; script-src {}; style-src {}; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'",
        source_of(element(docs_page(), "script")), source_of(element(docs_page(), "style")));
    Response response = json_response(200, std::string(docs_page()));
    response.content_type = "text/html; charset=utf-8";
    response.with("Content-Security-Policy", policy);
    return response;
}

} // namespace throughline
