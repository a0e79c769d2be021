#include "api/routes/list_response.hpp"

#include <fmt/format.h>

namespace throughline {

Response list_response(const Kind& kind, const ListRequest& wanted, const ListPage& page,
                       const NameOf& name_of) {
    std::string body = R"({"items":[)";
    for (const ListItem& item : page.items) {
        if (&item != &page.items.front()) body += ',';
        append_record_json(body, kind, item.id, item.version, item.state, name_of, wanted.fields);
    }
    body += fmt::format(R"(],"pagination":{{"limit":{},"next":)", wanted.limit);
    append_text(body, page.next ? Json(*page.next) : Json());
    if (page.total)
        body += fmt::format(R"(,"total":{}{})", *page.total,
                            page.total_capped ? R"(,"total_capped":true)" : "");
    body += "}}";
    return json_response(200, std::move(body));
}

} // namespace throughline
