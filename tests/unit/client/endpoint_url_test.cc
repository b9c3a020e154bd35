#include "client/endpoint_url.h"

#include <string>

#include <gtest/gtest.h>

namespace kvbus::client {
namespace {

TEST(EndpointUrl, AcceptsTcpHostAndPort) {
    for (const char* url : {"tcp://127.0.0.1:4370", "tcp://localhost:1", "tcp://node-1.example.org:65535",
                            "tcp://[::1]:4370"}) {
        EXPECT_TRUE(validate_endpoint_url(url).ok()) << url;
    }
}

TEST(EndpointUrl, RefusesEverythingElseAndNamesIt) {
    const std::string long_host(300, 'a');
    for (const std::string& url : {std::string(""),
                                   std::string("127.0.0.1:4370"),
                                   std::string("http://127.0.0.1:4370"),
                                   std::string("tcp://"),
                                   std::string("tcp://host"),
                                   std::string("tcp://host:"),
                                   std::string("tcp://:4370"),
                                   std::string("tcp://host:0"),
                                   std::string("tcp://host:65536"),
                                   std::string("tcp://host:99999999999"),
                                   std::string("tcp://host:43x"),
                                   std::string("tcp://host:-1"),
                                   std::string("tcp://*:4370"),
                                   std::string("tcp://a b:4370"),
                                   std::string("tcp://eth0;host:4370"),
                                   std::string("tcp://host:1:2"),
                                   std::string("tcp://[]:1"),
                                   std::string("tcp://host/path:1"),
                                   std::string("tcp://h\0st:1", 12),
                                   std::string("tcp://h\nst:1"),
                                   "tcp://" + long_host + ":1"}) {
        const Result<void> valid = validate_endpoint_url(url);
        ASSERT_FALSE(valid.ok()) << url;
        EXPECT_EQ(valid.error().code, Code::invalid_argument);
        EXPECT_NE(valid.error().message.find("tcp://HOST:PORT"), std::string::npos);
        EXPECT_EQ(valid.error().message.find('\n'), std::string::npos);
    }
}

}  // namespace
}  // namespace kvbus::client
