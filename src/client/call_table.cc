#include "client/call_table.h"

#include <algorithm>

#include "base/check.h"

namespace kvbus::client {
namespace {

// An id is a counter above the slot: a call is found by its id without searching.
constexpr unsigned slot_bits = 15;
constexpr std::uint64_t slot_mask = (std::uint64_t{1} << slot_bits) - 1;

}  // namespace

CallTable::CallTable(std::size_t calls_max) : calls_max_(calls_max) {
    KV_CHECK(calls_max_ <= slot_mask);
}

Slot CallTable::take() {
    KV_CHECK(!full());
    ++in_use_;
    if (free_.empty()) {
        calls_.emplace_back();
        return static_cast<Slot>(calls_.size() - 1);
    }
    const Slot slot = free_.back();
    free_.pop_back();
    return slot;
}

void CallTable::release(Slot slot) {
    Call& call = calls_[slot];
    KV_CHECK(call.list == nullptr);
    StoredOperation operation = std::move(call.operation);
    operation.clear();
    call = Call{};
    call.operation = std::move(operation);
    free_.push_back(slot);
    --in_use_;
}

std::uint64_t CallTable::next_id(Slot slot) {
    Call& call = calls_[slot];
    call.id = (++ids_ << slot_bits) | slot;
    if (call.first_id == 0) call.first_id = call.id;
    ++call.tries;
    return call.id;
}

Slot CallTable::find(std::uint64_t id) const {
    const Slot slot = static_cast<Slot>(id & slot_mask);
    if (slot >= calls_.size()) return no_slot;
    const Call& call = calls_[slot];
    return call.first_id != 0 && id >= call.first_id && id <= call.id ? slot : no_slot;
}

void CallTable::append(CallList& list, Slot slot, Instant due) {
    Call& call = calls_[slot];
    KV_CHECK(call.list == nullptr);
    call.list = &list;
    call.due = due;
    call.previous = list.tail;
    call.next = no_slot;
    (list.empty() ? list.head : calls_[list.tail].next) = slot;
    list.tail = slot;
    list.earliest = std::min(list.earliest, due);
}

void CallTable::remove(Slot slot) {
    Call& call = calls_[slot];
    KV_CHECK(call.list != nullptr);
    CallList& list = *call.list;
    (call.previous == no_slot ? list.head : calls_[call.previous].next) = call.next;
    (call.next == no_slot ? list.tail : calls_[call.next].previous) = call.previous;
    call.list = nullptr;
    if (list.empty()) list.earliest = never;
}

std::vector<Slot> CallTable::take_due(CallList& list, Instant now) {
    std::vector<Slot> due;
    if (now < list.earliest) return due;
    Instant earliest = never;
    for (Slot slot = list.head; slot != no_slot; slot = calls_[slot].next) {
        if (calls_[slot].due <= now) {
            due.push_back(slot);
        } else {
            earliest = std::min(earliest, calls_[slot].due);
        }
    }
    for (const Slot slot : due)
        remove(slot);
    list.earliest = earliest;
    return due;
}

std::vector<Slot> CallTable::take_all(CallList& list) {
    std::vector<Slot> all;
    while (!list.empty()) {
        all.push_back(list.head);
        remove(list.head);
    }
    return all;
}

}  // namespace kvbus::client
