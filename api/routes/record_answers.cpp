#include "api/routes/record_answers.hpp"

#include "api/routes/write_answer.hpp"
#include "domain/record/ownership.hpp"
#include "domain/text.hpp"
#include "handlers/survivor.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace throughline {

NameOf Names::fetch() {
    std::erase_if(wanted_, [&](const StreamKey& key) { return key.id == caller_.user_id; });
    make_distinct();
    titles_.emplace(caller_.user_id, caller_.name);
    if (!wanted_.empty())
        for (StreamHead& head : store_.heads(caller_.tenant_id, wanted_))
            if (StreamHead stands = survivor_of(store_, caller_.tenant_id, head); is_seen(stands))
                titles_.emplace(head.stream.id, std::move(stands.title));
    return found();
}

NameOf Names::of(std::vector<StreamKey> records) {
    wanted_ = std::move(records);
    return fetch();
}

NameOf Names::of_then(std::vector<StreamKey> records, Past& past, std::int64_t at) {
    wanted_ = std::move(records);
    make_distinct();
    if (wanted_.empty()) return found();
    const auto now = store_.heads(caller_.tenant_id, wanted_);
    auto then = past.heads(caller_.tenant_id, wanted_, at);
    for (std::size_t i = 0; i < now.size(); ++i)
        if (is_seen(now[i])) titles_.emplace(then[i].stream.id, std::move(then[i].title));
    return found();
}

void Names::make_distinct() {
    std::sort(wanted_.begin(), wanted_.end());
    wanted_.erase(std::unique(wanted_.begin(), wanted_.end()), wanted_.end());
}

bool Names::is_seen(const StreamHead& head) const {
    return head.version != 0 && sees(caller_.caller(), registry_, head.stream.kind, head.state);
}

NameOf Names::found() const {
    return [this](std::string_view, const Uuid& id) -> std::string_view {
        const auto found = titles_.find(id);
        return found == titles_.end() ? std::string_view() : found->second;
    };
}

std::string path_of(const Kind& kind, const Uuid& id) {
    return fmt::format("/api/{}/{}", kind.plural, to_string(id));
}

std::string component_name(const Kind& kind, std::string_view suffix) {
    std::string name = kind.name + std::string(suffix);
    name.front() = ascii_upper(name.front());
    return name;
}

std::string RecordAnswers::one(const Request& request, const Kind& kind, const Uuid& id,
                               std::int64_t version, const std::string& state) const {
    Names names(store, registry, *request.principal);
    names.add(kind, state);
    return record_json(kind, id, version, state, names.fetch());
}

Response RecordAnswers::written(const Request& request, const Kind& kind,
                                const Written& done) const {
    if (done.status == 204) return with_position(no_content(), done);
    Response response = json_response(done.status, one(request, kind, done.id, done.record.version,
                                                       state_text(kind, done.record)));
    if (done.status == 201) response.with("Location", path_of(kind, done.id));
    response.with("ETag", fmt::format("\"{}\"", done.record.version));
    return with_position(std::move(response), done);
}

Result<Response> RecordAnswers::command(const Request& request, const Kind& kind,
                                        const Act& act) const {
    return command(request, act, [on = *this, &request, &kind](const Written& done) {
        return on.written(request, kind, done);
    });
}

Result<Response>
RecordAnswers::command(const Request& request, const Act& act,
                       std::function<Result<Response>(const Written&)> answer) const {
    auto claim = keys.claim(request);
    if (!claim) return claim.error();
    auto context = command_context(request, *claim);
    if (!context) return context.error();
    auto begun = act(*context);
    if (!begun) return begun.error();
    return answer_to_write(std::move(*claim), std::move(*begun), std::move(answer));
}

} // namespace throughline
