#include "node/reply_batch.h"

#include <utility>

namespace kvbus::node {
namespace {

constexpr std::size_t frame_bytes_full = 256 << 10;  // a fuller frame would only make the client wait

}  // namespace

std::string& ReplyBatch::open(const Route& route) {
    if (route.single) {
        return bodies_.emplace_back(Body{route, {}}).bytes;
    }
    if (latest_ < bodies_.size()) {
        auto& latest = bodies_[latest_];
        if (!latest.route.single && latest.bytes.size() < frame_bytes_full &&
            latest.route.address == route.address)
            return latest.bytes;
    }
    const auto [found, is_new] = open_.try_emplace(route.address.view(), bodies_.size());
    if (!is_new && bodies_[found->second].bytes.size() >= frame_bytes_full) found->second = bodies_.size();
    if (found->second == bodies_.size()) bodies_.push_back(Body{route, {}});
    latest_ = found->second;
    return bodies_[latest_].bytes;
}

std::size_t ReplyBatch::flush(Replies& replies) {
    const auto frames = bodies_.size();
    open_.clear();
    for (auto& body : bodies_)
        replies.send(body.route, std::move(body.bytes));
    bodies_.clear();
    latest_ = 0;
    return frames;
}

}  // namespace kvbus::node
