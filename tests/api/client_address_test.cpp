#include "api/client_address.hpp"

#include <doctest/doctest.h>

namespace throughline {
namespace {

Request from(std::string peer, std::vector<std::string> forwarded) {
    Request request;
    request.remote_address = std::move(peer);
    for (std::string& value : forwarded)
        request.headers.emplace_back("x-forwarded-for", std::move(value));
    return request;
}

} // namespace

TEST_CASE("a proxy of ours is believed, and nobody else") {
    const std::vector<std::string> proxies = {"10.0.0.1", "10.0.0.2"};
    CHECK(client_address(from("10.0.0.1", {"192.0.2.7"}), proxies) == "192.0.2.7");
    CHECK(client_address(from("203.0.113.5", {"192.0.2.7"}), proxies) == "203.0.113.5");
    CHECK(client_address(from("10.0.0.1", {"192.0.2.7"}), {}) == "10.0.0.1");
    CHECK(client_address(from("10.0.0.1", {}), proxies) == "10.0.0.1");
    // Two of ours in a row; what stands before the client's own address is the client's word.
    CHECK(client_address(from("10.0.0.1", {"1.1.1.1, 192.0.2.7, 10.0.0.2"}), proxies) ==
          "192.0.2.7");
    CHECK(client_address(from("10.0.0.1", {"1.1.1.1", "2001:db8::7"}), proxies) == "2001:db8::7");
    CHECK(client_address(from("10.0.0.1", {"192.0.2.7, unknown"}), proxies) == "10.0.0.1");
    CHECK(client_address(from("10.0.0.1", {"10.0.0.2"}), proxies) == "10.0.0.2");
}

TEST_CASE("an address is the same however it is written") {
    CHECK(plain_address("10.0.0.1") == "10.0.0.1");
    CHECK(plain_address("::ffff:10.0.0.1") == "10.0.0.1");
    CHECK(plain_address("::FFFF:a00:1") == "10.0.0.1");
    CHECK(plain_address("2001:DB8:0:0::7") == "2001:db8::7");
    CHECK_FALSE(plain_address("10.0.0"));
    std::vector<std::string> proxies;
    CHECK_FALSE(read_addresses("10.0.0.1,2001:DB8:0:0::1", proxies));
    // As a socket of both families tells its peers.
    CHECK(client_address(from("::ffff:10.0.0.1", {"192.0.2.7"}), proxies) == "192.0.2.7");
    CHECK(client_address(from("2001:db8::1", {"::ffff:192.0.2.7"}), proxies) == "192.0.2.7");
    CHECK(client_address(from("10.0.0.1", {"192.0.2.7, 2001:0db8::0001"}), proxies) == "192.0.2.7");
    CHECK(client_address(from("::ffff:203.0.113.5", {"192.0.2.7"}), proxies) == "203.0.113.5");
}

TEST_CASE("proxies are named by their addresses") {
    std::vector<std::string> addresses;
    CHECK_FALSE(read_addresses("10.0.0.1,::1", addresses));
    CHECK(addresses == std::vector<std::string>{"10.0.0.1", "::1"});
    for (const char* wrong : {"proxy.example.com", "10.0.0.1,", "10.0.0.0/8", "10.0.0.1 ::1"})
        CHECK_MESSAGE(read_addresses(wrong, addresses), wrong);
}

} // namespace throughline
