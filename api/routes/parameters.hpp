#pragma once
#include "api/router.hpp"
#include "domain/record/kind.hpp"
#include "domain/time.hpp"
#include "projections/offset_page.hpp"

#include <optional>
#include <string>
#include <vector>

namespace throughline {

/// Parameters that several routes share, as rows of their tables and as values.

[[nodiscard]] std::vector<Parameter> offset_parameters();
/// limit (1 to 200), offset (to 10,000), cursor.
[[nodiscard]] Result<OffsetRequest> read_offset(const Request& request);

/// A page of a list without offsets: limit (1 to 200), cursor and count.
[[nodiscard]] std::vector<Parameter> page_parameters(int limit = 50);
struct PageRequest {
    std::size_t limit = 50;
    std::vector<std::int64_t> after; // the sort keys of the last item of the page before
};
/// `scope` is whatever must stay the same from page to page, `keys` how many sort keys there are.
[[nodiscard]] Result<PageRequest> read_page(const Request& request, const std::string& scope,
                                            std::size_t keys, std::size_t otherwise = 50);

/// How many items a list has: counted up to one more than `most_counted`. Nothing where it was not
/// asked for.
using Total = std::optional<std::int64_t>;
template <class Count> [[nodiscard]] Total total_of(const Request& request, const Count& count) {
    if (request.parameter("count") != "true") return std::nullopt;
    return static_cast<std::int64_t>(count());
}

/// {"items": […], "pagination": {"limit", "next", "total"?, "total_capped"?}}
[[nodiscard]] Response list_response(std::size_t limit, JsonArray items, Json next, Total total);
/// The same, where `next` are sort keys. Without it is the last page.
[[nodiscard]] Response page_response(const PageRequest& request, JsonArray items,
                                     const std::string& scope,
                                     const std::vector<std::int64_t>& next, Total total);
/// A page of items that are all at hand; as many as a page can have unless the limit says less.
[[nodiscard]] Result<Response> page_of_all(const Request& request, const JsonArray& all,
                                           const std::string& scope);
inline constexpr int most_a_page = 200;

/// A moment, or a day in the caller's time zone: its beginning, or with `day_included` its end,
/// where that is in years that RFC 3339 can write.
[[nodiscard]] Result<std::optional<Time>> read_moment(const Request& request,
                                                      const std::string& name, bool day_included);
struct Span {
    Time begin;
    Time end;
};
/// From `from` to `to`; by default until now, and for so long.
[[nodiscard]] Result<Span> read_span(const Request& request, std::chrono::days otherwise);
/// A moment of a member of the body; of a `to`, which it includes, the last moment.
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
