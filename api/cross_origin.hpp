#pragma once
#include "api/http.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace throughline {

/// Which pages of other origins may call (Fetch standard, section 3.3): an allow list, empty by
/// default. Listed ones may send credentials; `*` lets in every page, without credentials.
/// Immutable, thread-safe.
class CrossOrigin {
  public:
    CrossOrigin() = default; // none but our own
    explicit CrossOrigin(std::vector<std::string> origins);
    /// Adds what the answer to this request says to a browser.
    void mark(Response& response, const Request& request) const;
    /// Adds the answer to a preflight, where the request is one and its origin may call. `methods`
    /// are the path's, comma separated.
    void mark_preflight(Response& response, const Request& request,
                        const std::string& methods) const;

  private:
    /// What stands in Access-Control-Allow-Origin; nothing for who may not call.
    [[nodiscard]] std::optional<std::string> allowed(const Request& request) const;

    std::vector<std::string> origins_;
    bool takes_all_ = false;
};

/// Takes THROUGHLINE_CORS_ORIGINS: origins (https://app.example.com) separated by commas, or `*`.
/// Answers what is wrong with it, or nothing.
[[nodiscard]] std::optional<std::string> read_origins(std::string_view text,
                                                      std::vector<std::string>& into);

} // namespace throughline
