#include "tests/bus/sample_event.hpp"

#include <doctest/doctest.h>

using namespace throughline;

namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

StoredEvent plain_event() {
    StoredEvent event = full_event();
    event.origin.causation_id.reset();
    event.origin.traceparent.clear();
    event.origin.run_automations = "yes";
    event.origin.details = {};
    event.links.clear();
    return event;
}

std::optional<StoredEvent> through_kafka(const Headers& headers, const std::string& value) {
    const auto event = read_kafka_message(headers, value);
    return event ? from_cloudevent(*event, sample_log_id) : std::nullopt;
}

void check_same(const StoredEvent& left, const StoredEvent& right) {
    CHECK(left.position == right.position);
    CHECK(left.stream == right.stream);
    CHECK(left.version == right.version);
    CHECK(left.id == right.id);
    CHECK(left.tenant == right.tenant);
    CHECK(left.type == right.type);
    CHECK(left.schema_version == right.schema_version);
    CHECK(left.data == right.data);
    CHECK(left.origin == right.origin);
    CHECK(left.links == right.links);
    CHECK(left.time == right.time);
    CHECK(left.recorded_at == right.recorded_at);
}

Headers without(Headers headers, std::string_view name) {
    std::erase_if(headers, [&](const auto& header) { return header.first == name; });
    return headers;
}

Headers with(Headers headers, const std::string& name, const std::string& value) {
    headers = without(std::move(headers), name);
    headers.emplace_back(name, value);
    return headers;
}

} // namespace

TEST_CASE("a CloudEvent has its attributes in one order, for good") {
    CHECK(to_cloudevent(full_event()) ==
          R"({"specversion":"1.0","id":"0198a7a0-0000-7000-8000-000000000002",)"
          R"("source":"/tenants/0198a7a0-0000-7000-8000-000000000003","type":"contact.updated",)"
          R"("subject":"contact/0198a7a0-0000-7000-8000-000000000001",)"
          R"("time":"2026-03-08T06:00:00.000001Z","datacontenttype":"application/json",)"
          R"("dataschema":"urn:throughline:event:contact.updated:2",)"
          R"("partitionkey":"0198a7a0-0000-7000-8000-000000000001",)"
          R"("sequence":"0000000000000001234","streamversion":3,)"
          R"("tenantid":"0198a7a0-0000-7000-8000-000000000003",)"
          R"("correlationid":"0198a7a0-0000-7000-8000-00000000000b",)"
          R"("causationid":"0198a7a0-0000-7000-8000-00000000000c",)"
          R"("actorid":"0198a7a0-0000-7000-8000-00000000000a","actortype":"import",)"
          R"("channel":"import",)"
          R"("traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",)"
          R"("data":{"before": {"name": "Ada"}, "after": {"name": "Zoë \"Z\""}}})");
}

TEST_CASE("causationid and traceparent are left out where there is none") {
    const Json event = parse_json(to_cloudevent(plain_event()));
    CHECK_FALSE(event.find("causationid"));
    CHECK_FALSE(event.find("traceparent"));
    for (const auto& [name, value] : to_kafka_headers(plain_event(), sample_log_id))
        CHECK_FALSE((name == "ce_causationid" || name == "ce_traceparent" || name == "ce_links" ||
                     name == "ce_automations" || name == "ce_details"));
}

TEST_CASE("positions as text sort like numbers") {
    CHECK(sequence_text(1) == "0000000000000000001");
    CHECK(sequence_text(9'223'372'036'854'775'807) == "9223372036854775807");
    CHECK(sequence_text(99) < sequence_text(100));
}

TEST_CASE("Kafka headers begin with the CloudEvents attributes in one order, for good") {
    std::string names;
    for (const auto& [name, value] : to_kafka_headers(full_event(), sample_log_id))
        names += name + ' ';
    CHECK(names ==
          "content-type ce_id ce_source ce_type ce_specversion ce_time ce_subject ce_partitionkey "
          "ce_sequence ce_tenantid ce_streamversion ce_dataschema ce_correlationid ce_causationid "
          "ce_actorid ce_actortype ce_channel ce_traceparent ce_recordedtime ce_logid "
          "ce_links ce_automations ce_details ");
}

TEST_CASE("an event comes back from Kafka whole") {
    for (const StoredEvent& event : {full_event(), plain_event()}) {
        const auto read = through_kafka(to_kafka_headers(event, sample_log_id), event.data);
        REQUIRE(read);
        check_same(*read, event);
    }
}

TEST_CASE("a message that lacks or garbles an attribute is no event of ours") {
    const StoredEvent event = full_event();
    const Headers headers = to_kafka_headers(event, sample_log_id);
    for (const std::string name :
         {"ce_id", "ce_type", "ce_specversion", "ce_time", "ce_subject", "ce_sequence",
          "ce_tenantid", "ce_streamversion", "ce_dataschema", "ce_correlationid", "ce_actorid",
          "ce_actortype", "ce_channel", "ce_recordedtime", "ce_logid"}) {
        CAPTURE(name);
        CHECK_FALSE(through_kafka(without(headers, name), event.data));
    }
    for (const auto& [name, value] : Headers{{"ce_specversion", "0.3"},
                                             {"ce_id", "1234"},
                                             {"ce_sequence", "12x"},
                                             {"ce_sequence", "0"},
                                             {"ce_sequence", "99999999999999999999"},
                                             {"ce_streamversion", "-1"},
                                             {"ce_subject", "contact"},
                                             {"ce_time", "yesterday"},
                                             {"ce_dataschema", "urn:other:1"},
                                             {"ce_logid", "1234"},
                                             {"ce_actortype", "us\xFF"},
                                             {"ce_channel", "im\xC3"},
                                             {"ce_traceparent", "\xED\xA0\x80"},
                                             {"ce_links", "{}"},
                                             {"ce_details", "[]"}}) {
        CAPTURE(name);
        CAPTURE(value);
        CHECK_FALSE(through_kafka(with(headers, name, value), event.data));
    }
    CHECK_FALSE(read_kafka_message({}, "{}"));
}

TEST_CASE("an event of another log on the same topic is not taken for ours") {
    const StoredEvent event = full_event();
    const Uuid other = uuid_of("0198a7a0-0000-4000-8000-00000000000e");
    const Headers headers = to_kafka_headers(event, other);
    CHECK(read_kafka_message(headers, event.data)->attribute("logid") == to_string(other));
    CHECK_FALSE(through_kafka(headers, event.data));
}

TEST_CASE("structured mode carries text, numbers and bytes") {
    const Headers json{{"content-type", "Application/CloudEvents+JSON ; charset=UTF-8"}};
    const std::string head = R"({"specversion":"1.0","id":"1","source":"/s","type":"t")";
    const auto number = read_kafka_message(json, head + R"(,"streamversion":3,"data":{"a": 1.0}})");
    REQUIRE(number);
    CHECK(number->attribute("streamversion") == "3");
    CHECK(number->data == R"({"a":1.0})");
    const auto text =
        read_kafka_message(json, head + R"(,"datacontenttype":"text/plain","data":"hello"})");
    REQUIRE(text);
    CHECK(text->data == "hello");
    const auto bytes = read_kafka_message(json, head + R"(,"data_base64":"AAH/"})");
    REQUIRE(bytes);
    CHECK(bytes->data == std::string("\0\1\xff", 3));
    CHECK(read_kafka_message(json, head + R"(,"subject":null})")->attribute("subject").empty());
}

TEST_CASE("what is no CloudEvent is refused") {
    const Headers json{{"content-type", "application/cloudevents+json"}};
    const std::string head = R"({"specversion":"1.0","id":"1","source":"/s","type":"t")";
    CHECK_FALSE(read_kafka_message(json, "not JSON"));
    CHECK_FALSE(read_kafka_message(json, "[]"));
    CHECK_FALSE(read_kafka_message(json, R"({"specversion":"1.0","id":"1","source":"/s"})"));
    CHECK_FALSE(read_kafka_message(json, head + R"(,"Nested":"x"})"));
    CHECK_FALSE(read_kafka_message(json, head + R"(,"nested":{}})"));
    for (const std::string bytes : {"***", "====", "A===", "QQ=A", "Q=Q=", "QR==", "QUJ", " QQ=="})
        CHECK_FALSE(read_kafka_message(json, head + R"(,"data_base64":")" + bytes + "\"}"));
    CHECK_FALSE(read_kafka_message(json, head + R"(,"data":1,"data_base64":"AAH/"})"));
    CHECK_FALSE(read_kafka_message({{"content-type", "application/cloudevents-batch+json"}}, "[]"));
}
