#include "handlers/outbound/address_rules.hpp"

#include <doctest/doctest.h>

using namespace throughline;

namespace {

std::string refusal(const std::string& address, const AddressRules& rules = AddressRules()) {
    const auto parsed = parse_address(address);
    REQUIRE_MESSAGE(parsed.has_value(), address);
    return std::string(rules.refusal(*parsed).value_or("none"));
}

AddressRules letting(const std::string& networks) {
    std::vector<Network> allowed;
    REQUIRE_FALSE(read_networks(networks, allowed).has_value());
    return AddressRules(allowed);
}

} // namespace

TEST_CASE("public addresses may be reached") {
    for (const char* const address :
         {"1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0",
          "126.255.255.255", "172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0",
          "223.255.255.255", "2606:4700::1111", "2a00:1450::1", "::ffff:8.8.8.8",
          "64:ff9b::808:808", "2002:808:808::1"})
        CHECK_MESSAGE(refusal(address) == "none", address);
}

TEST_CASE("special addresses are refused by their name") {
    const std::pair<const char*, const char*> refused[] = {
        {"0.0.0.0", "unspecified"},
        {"0.1.2.3", "unspecified"},
        {"10.0.0.1", "private"},
        {"10.255.255.255", "private"},
        {"100.64.0.1", "shared"},
        {"100.127.255.255", "shared"},
        {"127.0.0.1", "loopback"},
        {"127.255.255.255", "loopback"},
        {"169.254.0.1", "link-local"},
        {"169.254.169.254", "metadata"},
        {"168.63.129.16", "metadata"},
        {"100.100.100.200", "metadata"},
        {"172.16.0.1", "private"},
        {"172.31.255.255", "private"},
        {"192.0.0.1", "reserved"},
        {"192.0.2.1", "documentation"},
        {"192.168.1.1", "private"},
        {"198.18.0.1", "benchmarking"},
        {"198.19.255.255", "benchmarking"},
        {"198.51.100.1", "documentation"},
        {"203.0.113.1", "documentation"},
        {"224.0.0.1", "multicast"},
        {"239.255.255.255", "multicast"},
        {"240.0.0.1", "reserved"},
        {"255.255.255.255", "reserved"},
        {"::", "unspecified"},
        {"::1", "loopback"},
        {"fc00::1", "private"},
        {"fd00:ec2::254", "metadata"},
        {"fd12:3456::1", "private"},
        {"fe80::1", "link-local"},
        {"febf::1", "link-local"},
        {"fec0::1", "private"},
        {"ff02::1", "multicast"},
        {"2001:db8::1", "documentation"},
        {"3fff::1", "documentation"},
        {"2001::1", "reserved"},
        {"100::1", "reserved"},
        {"5f00::1", "reserved"},
        {"4000::1", "reserved"},
        {"64:ff9b:1::1", "private"},
    };
    for (const auto& [address, name] : refused) CHECK_MESSAGE(refusal(address) == name, address);
}

TEST_CASE("an address of IPv4 inside of one of IPv6 counts as itself") {
    for (const char* const address :
         {"::ffff:169.254.169.254", "::169.254.169.254", "64:ff9b::169.254.169.254",
          "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::", "2002:a9fe:a9fe:1::5"})
        CHECK_MESSAGE(refusal(address) == "metadata", address);
    CHECK(refusal("::ffff:10.1.2.3") == "private");
    CHECK(refusal("64:ff9b::127.0.0.1") == "loopback");
    CHECK(refusal("2002:7f00:1::") == "loopback");
    CHECK(refusal("2002:c0a8:101::1") == "private");
}

TEST_CASE("networks that are let through are, and no more") {
    const AddressRules rules = letting("10.1.0.0/16, 127.0.0.1,fd00::/8");
    CHECK(refusal("10.1.255.255", rules) == "none");
    CHECK(refusal("::ffff:10.1.0.1", rules) == "none");
    CHECK(refusal("64:ff9b::10.1.0.1", rules) == "none");
    CHECK(refusal("10.2.0.0", rules) == "private");
    CHECK(refusal("127.0.0.1", rules) == "none");
    CHECK(refusal("127.0.0.2", rules) == "loopback");
    CHECK(refusal("fd01::1", rules) == "none");
    CHECK(refusal("fc01::1", rules) == "private");
    CHECK(refusal("192.168.0.1", letting("0.0.0.0/0")) == "none");
    CHECK(refusal("::1", letting("0.0.0.0/0")) == "loopback");
}

TEST_CASE("a network that is none is named") {
    std::vector<Network> into{{}};
    for (const char* const text : {"10.0.0.0/33", "10.0.0/8", "::1/129", "localhost", "10.0.0.0/",
                                   "10.0.0.0/-1", "10.0.0.0/8/8", "0x7f.1", "::1/ 8"}) {
        const auto fault = read_networks("127.0.0.1," + std::string(text), into);
        REQUIRE_MESSAGE(fault.has_value(), text);
        CHECK(fault->find(text) != std::string::npos);
        CHECK(into.size() == 1);
    }
    CHECK(read_networks("", into).has_value());
}
