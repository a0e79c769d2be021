#pragma once
#include "api/router.hpp"
#include "domain/record/kind.hpp"
#include "domain/time.hpp"
#include "projections/audit.hpp"

#include <optional>
#include <string>
#include <vector>

namespace throughline {

/// Parameters that several routes share, as rows of their tables and as values.

[[nodiscard]] std::vector<Parameter> offset_parameters();
/// limit (1 to 200), offset (to 10,000), cursor.
[[nodiscard]] Result<OffsetRequest> read_offset(const Request& request);

/// A page of a list without offsets: limit (1 to 200) and cursor.
[[nodiscard]] std::vector<Parameter> page_parameters();
struct PageRequest {
    std::size_t limit = 50;
    std::vector<std::int64_t> after; // the sort keys of the last item of the page before
};
/// `scope` is whatever must stay the same from page to page, `keys` how many sort keys there are.
[[nodiscard]] Result<PageRequest> read_page(const Request& request, const std::string& scope,
                                            std::size_t keys);
/// {"items": […], "pagination": {"limit", "next"}}. Without `next` it is the last page.
[[nodiscard]] Response page_response(const PageRequest& request, JsonArray items,
                                     const std::string& scope,
                                     const std::vector<std::int64_t>& next);

/// A moment, or a day in the caller's time zone: its beginning, or with `day_included` its end.
[[nodiscard]] Result<std::optional<Time>> read_moment(const Request& request,
                                                      const std::string& name, bool day_included);
/// The same of a member of the body; of a `to`, which it includes, the last moment.
[[nodiscard]] Result<std::optional<Time>> read_body_moment(const Request& request, const Json& body,
                                                           const std::string& name, bool is_to);
/// JSON Schema of what they take.
[[nodiscard]] Json moment_schema();

/// {"items": […], "pagination": {"total", "limit", "offset", "next"}}
[[nodiscard]] Response offset_response(const OffsetRequest& request, const OffsetPage& page);

/// Which stream kind a path or parameter means: `contact`, `contacts` and `Contact` are one.
/// Nothing where there is no such kind.
[[nodiscard]] std::optional<std::string> entity_kind(const Registry& registry,
                                                     std::string_view text);

[[nodiscard]] Rejection wrong_parameter(const std::string& name, const std::string& code,
                                        const std::string& detail);

} // namespace throughline
