#include "api/routes/list_response.hpp"

#include <fmt/format.h>

namespace throughline {

namespace {

/// About what the page takes: to grow is to copy all that is there already.
std::size_t text_size(const ListPage& page) {
    constexpr std::size_t frame = 300;
    constexpr std::size_t beside_state = 200; // id, version, names
    std::size_t size = frame;
    for (const ListItem& item : page.items) size += item.state.size() + beside_state;
    return size;
}

} // namespace

Response list_response(const Kind& kind, const ListRequest& wanted, const ListPage& page,
                       const FetchNames& names) {
    std::vector<StateMembers> states;
    std::vector<StreamKey> referenced;
    states.reserve(page.items.size());
    for (const ListItem& item : page.items)
        collect_references(kind, states.emplace_back(item.state), referenced);
    const NameOf name_of = names(std::move(referenced));
    std::string body;
    body.reserve(text_size(page));
    body += R"({"items":[)";
    for (std::size_t i = 0; i < states.size(); ++i) {
        if (i > 0) body += ',';
        append_record_json(body, kind, page.items[i].id, page.items[i].version, states[i], name_of,
                           wanted.fields);
    }
    body += fmt::format(R"(],"pagination":{{"limit":{},"next":)", wanted.limit);
    append_text(body, page.next ? Json(*page.next) : Json());
    if (page.total)
        body += fmt::format(R"(,"total":{}{})", *page.total,
                            page.total_capped ? R"(,"total_capped":true)" : "");
    body += "}}";
    return json_response(200, std::move(body));
}

Total total_of(const ListPage& page) { return page.total_capped ? most_counted + 1 : page.total; }

} // namespace throughline
