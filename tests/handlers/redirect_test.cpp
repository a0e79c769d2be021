#include "handlers/outbound/redirect.hpp"

#include <doctest/doctest.h>

using namespace throughline;

namespace {

const HttpRequest post{"POST",
                       "https://a.example/",
                       {{"X-Api-Key", "secret"},
                        {"authorization", "Bearer x"},
                        {"Cookie", "a=b"},
                        {"X-Mine", "1"},
                        {"accept", "text/plain"},
                        {"Idempotency-Key", "k"},
                        {"webhook-signature", "v1,x"},
                        {"Content-Type", "text/x"}},
                       "body"};

} // namespace

TEST_CASE("a redirect takes no key along to another origin") {
    for (const char* const to : {"https://b.example:443", "https://a.example:8443"}) {
        HttpRequest request = post;
        CHECK_FALSE(redirect(request, 307, "https://a.example:443", to).has_value());
        CHECK(request.headers == HttpFields{{"accept", "text/plain"},
                                            {"Idempotency-Key", "k"},
                                            {"webhook-signature", "v1,x"},
                                            {"Content-Type", "text/x"}});
        CHECK(request.body == "body");
    }
    HttpRequest request = post;
    CHECK_FALSE(
        redirect(request, 308, "https://a.example:443", "https://a.example:443").has_value());
    CHECK(request.headers == post.headers);
}

TEST_CASE("a redirect from https to http is not followed") {
    HttpRequest request = post;
    const auto fault = redirect(request, 302, "https://a.example:443", "http://a.example:80");
    REQUIRE(fault.has_value());
    CHECK(fault->kind == HttpFault::Kind::refused);
    CHECK_FALSE(fault->is_transient);
    CHECK_FALSE(redirect(request, 302, "http://a.example:80", "https://a.example:443").has_value());
    CHECK(request.method == "GET");
}
