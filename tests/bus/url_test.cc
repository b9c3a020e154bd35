#include "bus/url.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

namespace kvbus::bus {
namespace {

TEST(Url, TakesNamesAddressesAndStars) {
    const auto name = parse_tcp_url("tcp://db-1.example_x.org:4370");
    ASSERT_TRUE(name.ok());
    EXPECT_EQ(name->host, "db-1.example_x.org");
    EXPECT_EQ(name->port, 4370);
    EXPECT_FALSE(name->ipv6);

    EXPECT_EQ(parse_tcp_url("tcp://10.0.0.7:1")->host, "10.0.0.7");
    EXPECT_EQ(parse_tcp_url("tcp://*:65535")->port, 65535);

    const auto ipv6 = parse_tcp_url("tcp://[fe80::1%eth0]:4371");
    ASSERT_TRUE(ipv6.ok());
    EXPECT_EQ(ipv6->host, "fe80::1%eth0");
    EXPECT_TRUE(ipv6->ipv6);
}

TEST(Url, RefusesEverythingElseInOneLineThatShowsIt) {
    for (const std::string bad : {"",
                                  "4370",
                                  "127.0.0.1:4370",
                                  "http://127.0.0.1:4370",
                                  "tcp://",
                                  "tcp://127.0.0.1",
                                  "tcp://127.0.0.1:",
                                  "tcp://127.0.0.1:0",
                                  "tcp://127.0.0.1:65536",
                                  "tcp://127.0.0.1:-1",
                                  "tcp://127.0.0.1:+1",
                                  "tcp://127.0.0.1:4370/",
                                  "tcp://127.0.0.1:4370 ",
                                  "tcp://:4370",
                                  "tcp://a b:4370",
                                  "tcp://[::1:4370",
                                  "tcp://::1:4370",
                                  "tcp://[]:4370",
                                  "tcp://[host]:4370",
                                  "tcp://*x:4370",
                                  "tcp://eth0;10.0.0.1:4370",
                                  "ipc:///tmp/socket",
                                  "inproc://x",
                                  "tcp://a\n:4370"}) {
        const auto url = parse_tcp_url(bad);
        ASSERT_FALSE(url.ok()) << bad;
        EXPECT_EQ(url.error().code, Code::invalid_argument);
        EXPECT_NE(url.error().message.find("tcp://HOST:PORT"), std::string::npos);
    }
    EXPECT_FALSE(parse_tcp_url("tcp://" + std::string(1000, 'a') + ":1").ok());
}

TEST(Url, ResolvesAddressesOfBothFamilies) {
    const auto ipv4 = resolve(*parse_tcp_url("tcp://127.0.0.1:4370"));
    ASSERT_TRUE(ipv4.has_value());
    const auto& address = reinterpret_cast<const sockaddr_in&>(ipv4->storage);
    EXPECT_EQ(address.sin_family, AF_INET);
    EXPECT_EQ(ntohs(address.sin_port), 4370);
    EXPECT_EQ(ntohl(address.sin_addr.s_addr), INADDR_LOOPBACK);

    const auto ipv6 = resolve(*parse_tcp_url("tcp://[::1]:4370"));
    ASSERT_TRUE(ipv6.has_value());
    EXPECT_EQ(ipv6->storage.ss_family, AF_INET6);

    EXPECT_FALSE(resolve({.host = "no-such-host.invalid", .port = 1, .ipv6 = false}).has_value());
}

}  // namespace
}  // namespace kvbus::bus
