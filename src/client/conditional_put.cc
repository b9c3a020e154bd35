// Puts on a condition: transactions of one comparison and one put.
#include <string>
#include <utility>

#include "client/client_impl.h"
#include "client/operations.h"

namespace kvbus {
namespace {

struct ConditionalPut {
    machine::Txn txn;
    std::string unless;  // what is wrong when the condition does not hold
};

ConditionalPut conditional_put(machine::Compare condition, machine::Put put, std::string unless) {
    ConditionalPut result;
    result.txn.compares.push_back(condition);
    result.txn.success.push_back({put});
    result.unless = std::move(unless);
    return result;
}

std::string named(std::string_view key) {
    return "the key \"" + std::string(key) + "\"";
}

ConditionalPut if_revision(std::string_view key, std::string_view value, Revision revision,
                           const PutOptions& options) {
    return conditional_put({.key = key,
                            .target = machine::CompareTarget::mod,
                            .relation = machine::Relation::equal,
                            .number = revision.value},
                           client::put_of(key, value, options),
                           revision ? named(key) + " has another mod_revision than " +
                                          std::to_string(revision.value) + "; read it and try again"
                                    : named(key) + " exists already");
}

ConditionalPut if_value(std::string_view key, std::string_view expected, std::string_view value,
                        const PutOptions& options) {
    return conditional_put({.key = key,
                            .target = machine::CompareTarget::value,
                            .relation = machine::Relation::equal,
                            .value = expected},
                           client::put_of(key, value, options),
                           named(key) + " has another value, or does not exist; read it and try again");
}

Result<PutResult> put_result(Result<TxnResult> txn, const std::string& unless) {
    if (!txn.ok()) return txn.error();
    if (!txn->succeeded) return Error{Code::compare_failed, unless};
    PutResult* put = txn->results.size() == 1 ? std::get_if<PutResult>(&txn->results[0].body) : nullptr;
    if (put == nullptr) return Error{Code::internal, "the answer to a transaction does not fit it"};
    return std::move(*put);
}

Result<PutResult> ask(Client::Impl& impl, ConditionalPut put) {
    return put_result(impl.ask<TxnResult>(machine::without_session(std::move(put.txn))), put.unless);
}

void submit(Client::Impl& impl, ConditionalPut put, Client::OnPut done) {
    Client::OnTxn on_txn = [unless = std::move(put.unless), done = std::move(done)](Result<TxnResult> txn) {
        done(put_result(std::move(txn), unless));
    };
    impl.submit(machine::without_session(std::move(put.txn)), std::move(on_txn));
}

}  // namespace

Result<PutResult> Client::put_if_absent(std::string_view key, std::string_view value,
                                        const PutOptions& options) {
    return ask(*impl_, if_revision(key, value, {}, options));
}
void Client::put_if_absent_async(std::string_view key, std::string_view value, const PutOptions& options,
                                 OnPut done) {
    submit(*impl_, if_revision(key, value, {}, options), std::move(done));
}

Result<PutResult> Client::put_if_revision(std::string_view key, std::string_view value, Revision mod_revision,
                                          const PutOptions& options) {
    return ask(*impl_, if_revision(key, value, mod_revision, options));
}
void Client::put_if_revision_async(std::string_view key, std::string_view value, Revision mod_revision,
                                   const PutOptions& options, OnPut done) {
    submit(*impl_, if_revision(key, value, mod_revision, options), std::move(done));
}

Result<PutResult> Client::compare_and_swap(std::string_view key, std::string_view expected,
                                           std::string_view value, const PutOptions& options) {
    return ask(*impl_, if_value(key, expected, value, options));
}
void Client::compare_and_swap_async(std::string_view key, std::string_view expected, std::string_view value,
                                    const PutOptions& options, OnPut done) {
    submit(*impl_, if_value(key, expected, value, options), std::move(done));
}

}  // namespace kvbus
