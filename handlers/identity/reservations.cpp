#include "handlers/identity/reservations.hpp"

#include "bus/ids.hpp"

namespace throughline {

StreamWrite reservation(StreamKey stream, std::int64_t expected, std::string type,
                        const JsonObject& data) {
    const std::string text = to_text(data);
    return {{},   std::move(stream), expected, {{new_id(), std::move(type), 1, text, {}}}, text, "",
            false};
}

StreamWrite release(StreamKey stream, std::int64_t expected, std::string type,
                    const JsonObject& data) {
    StreamWrite write = reservation(std::move(stream), expected, std::move(type), data);
    write.archived = true;
    return write;
}

bool is_reserved(const StreamHead& head) { return head.version > 0 && !head.archived; }

Rejection taken(const std::vector<std::string>& members) {
    Rejection rejection{Refusal::conflict, "The address or slug is taken."};
    for (const std::string& member : members)
        rejection.errors.push_back({"/" + member, "taken", "It belongs to somebody else."});
    return rejection;
}

} // namespace throughline
