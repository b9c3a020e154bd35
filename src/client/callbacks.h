// The callbacks of the calls under way, found by the token that names the call. Owned by one thread.
#pragma once

#include <utility>
#include <variant>
#include <vector>

#include <kvbus/client.h>

#include "client/session.h"

namespace kvbus::client {

struct WatchAnswer {
    Header header;
    wire::WatchReply reply;
};
using OnWatchAnswer = std::function<void(Result<WatchAnswer>)>;
using Callback = std::variant<Client::OnPut, Client::OnGet, Client::OnDelete, Client::OnAppend,
                              Client::OnIncrement, Client::OnTxn, Client::OnLease, Client::OnDone,
                              Client::OnLeaseStatus, Client::OnLeases, Client::OnStatus, Client::OnMembers,
                              Client::OnCampaign, Client::OnSnapshot, Client::OnSnapshotChunk, OnWatchAnswer>;

// Calls it with the error, or with the reply in the form that the interface promises.
void deliver(Callback callback, Error error);
void deliver(Callback callback, wire::Reply reply);

class Callbacks {
  public:
    [[nodiscard]] Token add(Callback callback) {
        if (free_.empty()) {
            callbacks_.push_back(std::move(callback));
            return callbacks_.size() - 1;
        }
        const Token token = free_.back();
        free_.pop_back();
        callbacks_[token] = std::move(callback);
        return token;
    }

    [[nodiscard]] Callback take(Token token) {
        free_.push_back(token);
        return std::move(callbacks_[token]);
    }

  private:
    std::vector<Callback> callbacks_;
    std::vector<Token> free_;
};

}  // namespace kvbus::client
