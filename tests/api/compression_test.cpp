#include "api/compression.hpp"
#include "tests/support/gunzip.hpp"

#include <doctest/doctest.h>

using namespace throughline;

namespace {

Request asking(const std::string& accept) {
    Request request;
    request.method = "GET";
    if (!accept.empty()) request.headers.emplace_back("accept-encoding", accept);
    return request;
}

std::string header_of(const Response& response, const std::string& name) {
    for (const auto& [header, value] : response.headers)
        if (header == name) return value;
    return "";
}

const std::string text = [] {
    std::string out;
    for (int i = 0; i < 200; ++i) out += R"({"name":"Contact )" + std::to_string(i) + "\"}\n";
    return out;
}();

/// Pieces as they are given; an empty one is nothing to send yet.
struct Pieces : BodyStream {
    explicit Pieces(std::vector<std::string> given) : pieces(std::move(given)) {}
    Piece next() override {
        Piece piece{pieces.at(at++)};
        piece.last = at == pieces.size();
        if (piece.last) piece.status = 503;
        return piece;
    }
    void on_more(std::function<void()> wake) override {
        ++waits;
        wake();
    }
    std::chrono::milliseconds max_wait() const override { return std::chrono::milliseconds(7); }
    std::vector<std::string> pieces;
    std::size_t at = 0;
    int waits = 0;
};

Response streamed(std::unique_ptr<BodyStream> stream, const std::string& type) {
    Response response;
    response.content_type = type;
    response.stream = std::move(stream);
    compress(response, asking("gzip"));
    return response;
}

} // namespace

TEST_CASE("gzip is for those who prefer it") {
    for (const char* const accept :
         {"gzip", "GZip", "deflate, gzip, br", "gzip;q=0.001", "gzip ; q=1.000", "*", "x-gzip",
          "gzip;q=0.5, identity;q=0.5", "br;q=1, *;q=0.1", "identity;q=0, *", " ,gzip,",
          "gzip;q=1., zstd"})
        CHECK_MESSAGE(prefers_gzip(asking(accept)), accept);
    for (const char* const accept :
         {"", "identity", "br", "gzip;q=0", "gzip;q=0.000", "*;q=0", "gzip;q=0, *",
          "gzip;q=0.5, identity", "gzip;q=0.4, identity;q=0.5", "gzip;q=x", "gzip;q=", "gzip;q=2x",
          "gzip;q=0.0001", "gzip;level=9", "gzipped", "gzip;q=-1"})
        CHECK_FALSE_MESSAGE(prefers_gzip(asking(accept)), accept);
    Request lines = asking("br");
    lines.headers.emplace_back("accept-encoding", "gzip");
    CHECK(prefers_gzip(lines));
}

TEST_CASE("a large answer of a type that compresses is compressed, and says so") {
    for (const char* const type :
         {"application/json", "application/problem+json", "text/csv; charset=utf-8", "text/plain",
          "application/x-ndjson", "Text/HTML", "application/json ; charset=utf-8"}) {
        Response response = json_response(200, text);
        response.content_type = type;
        compress(response, asking("gzip"));
        CHECK_MESSAGE(header_of(response, "Content-Encoding") == "gzip", type);
        CHECK(header_of(response, "Vary") == "Accept-Encoding");
        CHECK(response.body.size() < text.size() / 4);
        CHECK(gunzip(response.body) == text);
    }
    Response plain = json_response(200, text);
    compress(plain, asking("br"));
    CHECK(plain.body == text);
    CHECK(header_of(plain, "Vary") == "Accept-Encoding");
    CHECK(header_of(plain, "Content-Encoding").empty());
}

TEST_CASE("what gains nothing, or has no body, is left alone") {
    const auto untouched = [](Response response) {
        const std::string body = response.body;
        const auto headers = response.headers;
        compress(response, asking("gzip"));
        return response.body == body && response.headers == headers;
    };
    CHECK(untouched(json_response(200, text.substr(0, 1023))));
    CHECK(untouched(no_content()));
    CHECK(untouched(json_response(304, "")));
    Response image = json_response(200, text);
    image.content_type = "image/png";
    CHECK(untouched(std::move(image)));
    Response record = json_response(200, text);
    record.with("ETag", "\"3\"");
    CHECK(untouched(std::move(record)));
    Response encoded = json_response(200, text);
    encoded.with("Content-Encoding", "br");
    CHECK(untouched(std::move(encoded)));
}

TEST_CASE("HEAD has the headers and the length that GET has") {
    Response of_get = json_response(200, text);
    compress(of_get, asking("gzip"));
    Request head = asking("gzip");
    head.method = "HEAD";
    Response of_head = json_response(200, text);
    compress(of_head, head);
    CHECK(of_head.headers == of_get.headers);
    CHECK(of_head.body.size() == of_get.body.size()); // Content-Length
}

TEST_CASE("a large answer of every size comes back whole") {
    std::string noise;
    std::uint32_t state = 1;
    for (std::size_t size = 1024; size <= 300'000; size += size / 3) {
        while (noise.size() < size) {
            state = state * 1664525U + 1013904223U;
            noise += static_cast<char>(state >> 24);
        }
        Response response = json_response(200, noise);
        compress(response, asking("gzip"));
        CHECK(gunzip(response.body) == noise);
    }
}

TEST_CASE("a stream is compressed as it goes, and never held back where it waits") {
    auto pieces = std::make_unique<Pieces>(
        std::vector<std::string>{text, text, "", "", "more", "", "", "at last"});
    Pieces& plain = *pieces;
    const Response response = streamed(std::move(pieces), "text/csv; charset=utf-8");
    CHECK(header_of(response, "Content-Encoding") == "gzip");
    REQUIRE(response.stream != nullptr);
    std::string sent;
    std::vector<std::size_t> sent_at_wait; // what a client could read when the stream waited
    BodyStream::Piece piece;
    while (!piece.last) {
        piece = response.stream->next();
        sent += piece.bytes;
        if (!piece.bytes.empty()) continue;
        sent_at_wait.push_back(sent.size());
        response.stream->on_more([] {});
    }
    CHECK(gunzip(sent) == text + text + "moreat last");
    CHECK(piece.status == 503);
    CHECK(plain.waits == 2);
    REQUIRE(sent_at_wait.size() == 2);
    // The end of a whole file only is missing: what was given is there.
    for (const std::size_t size : sent_at_wait)
        CHECK(sent.substr(size - 4, 4) == std::string("\0\0\xff\xff", 4));
    CHECK(response.stream->max_wait() == std::chrono::milliseconds(7));
}

TEST_CASE("a long stream is not gathered") {
    std::vector<std::string> all(400, text);
    auto pieces = std::make_unique<Pieces>(all);
    Pieces& plain = *pieces;
    const Response response = streamed(std::move(pieces), "application/x-ndjson");
    std::size_t largest = 0;
    std::size_t taken = 0;
    for (BodyStream::Piece piece; !piece.last;) {
        const auto before = plain.at;
        piece = response.stream->next();
        taken = std::max(taken, plain.at - before);
        largest = std::max(largest, piece.bytes.size());
    }
    CHECK(plain.at == 400);
    CHECK(largest < 64U << 10);
    CHECK(taken < 400);
}

TEST_CASE("an event stream is never compressed") {
    const Response response =
        streamed(std::make_unique<Pieces>(std::vector<std::string>{"a"}), "text/event-stream");
    CHECK(response.headers.empty());
    CHECK(response.stream->next().bytes == "a");
}
