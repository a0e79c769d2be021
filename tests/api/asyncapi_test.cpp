#include "api/asyncapi.hpp"
#include "bus/event.hpp"
#include "handlers/automation/analytics.hpp"
#include "handlers/automation/queues.hpp"
#include "tests/bus/sample_event.hpp"

#include <doctest/doctest.h>
#include <rapidjson/document.h>
#include <rapidjson/prettywriter.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

using namespace throughline;

namespace {

const std::filesystem::path schemas = THROUGHLINE_SOURCE_DIR "/schemas";

std::string file_text(const std::filesystem::path& path) {
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

std::string pretty(const Json& value) {
    rapidjson::Document document;
    document.Parse(to_text(value).c_str());
    rapidjson::StringBuffer buffer;
    rapidjson::PrettyWriter<rapidjson::StringBuffer> writer(buffer);
    writer.SetIndent(' ', 2);
    document.Accept(writer);
    return std::string(buffer.GetString()) + "\n";
}

Json document() { return asyncapi_document(standard_registry(), "throughline.events"); }

} // namespace

TEST_CASE("the AsyncAPI file is made from the declarations") {
    const auto file = schemas / "stream/asyncapi.json";
    const std::string made = pretty(document());
    if (std::getenv("UPDATE_SCHEMAS")) std::ofstream(file) << made;
    INFO("rewrite with UPDATE_SCHEMAS=1");
    CHECK(file_text(file) == made);
}

TEST_CASE("AsyncAPI has a message with the very schema of every event type") {
    const Json made = document();
    const JsonObject& messages = *made.find("components")->find("messages")->object();
    std::set<std::string> documented;
    for (const auto& [type, message] : messages) {
        INFO(type);
        documented.insert(type);
        const auto file = schemas / "events" / (type + ".v1.json");
        REQUIRE(std::filesystem::exists(file));
        CHECK(*message.find("payload")->find("schema") == parse_json(file_text(file)));
    }
    for (const auto& file : std::filesystem::directory_iterator(schemas / "events")) {
        const std::string name = file.path().filename().string();
        INFO(name);
        CHECK(documented.contains(name.substr(0, name.find(".v1.json"))));
    }
}

TEST_CASE("AsyncAPI has every header that a message can have") {
    const Json made = document();
    const Json& headers = *made.find("components")->find("schemas")->find("headers");
    const JsonObject& declared = *headers.find("properties")->object();
    const auto sent = to_kafka_headers(full_event(), sample_log_id);
    CHECK(declared.size() == sent.size());
    for (const auto& [name, value] : sent) {
        INFO(name);
        CHECK(declared.contains(name));
    }
}

TEST_CASE("AsyncAPI has the topics of what rules send") {
    const Json made = document();
    const auto address = [&](const char* channel) {
        return made.find("channels")->find(channel)->text("address");
    };
    CHECK(address("analytics") == analytics_topic);
    std::string queue = address("queue");
    queue.replace(queue.find("{tenant_id}"), 11, to_string(Uuid{}));
    queue.replace(queue.find("{name}"), 6, "calls");
    CHECK(queue == queue_topic(Uuid{}, "calls"));
}
