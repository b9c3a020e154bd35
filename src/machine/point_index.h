// A hash index over items that live elsewhere: open addressing with linear probing, in many small tables, so
// that growing one never takes more than a few milliseconds whatever the number of items.
//
// It is ours, and no library's, for one thing: prefetch(). A look-up in a large map waits for memory two or
// three times, about a microsecond; a batch that first prefetches waits for all its keys at once.
//
// Always true: an item stands at or after the slot that its hash names, with no empty slot between.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace kvbus::machine {

template <class Item>
class PointIndex {
  public:
    // The item with this hash that `same` accepts, or nullptr.
    template <class Same>
    [[nodiscard]] Item* find(std::uint64_t hash, const Same& same) const {
        const Table& table = table_of(hash);
        if (table.slots.empty()) return nullptr;
        for (std::size_t at = table.home(hash);; at = table.after(at)) {
            const Slot& slot = table.slots[at];
            if (slot.item == nullptr) return nullptr;
            if (slot.hash == hash && same(*slot.item)) return slot.item;
        }
    }

    // The item must not be there yet.
    void insert(std::uint64_t hash, Item* item) {
        Table& table = table_of(hash);
        if ((table.count + 1) * 4 > table.slots.size() * 3) table.grow();
        table.place({hash, item});
        ++table.count;
    }

    // The item must be there.
    void erase(std::uint64_t hash, const Item* item) {
        Table& table = table_of(hash);
        std::size_t hole = table.home(hash);
        while (table.slots[hole].item != item)
            hole = table.after(hole);
        // What follows moves up where it may, so that no search ends early at the hole.
        for (std::size_t at = table.after(hole); table.slots[at].item != nullptr; at = table.after(at)) {
            const std::size_t from_home = (at - table.home(table.slots[at].hash)) & table.mask();
            const std::size_t from_hole = (at - hole) & table.mask();
            if (from_home < from_hole) continue;
            table.slots[hole] = table.slots[at];
            hole = at;
        }
        table.slots[hole] = {};
        --table.count;
    }

    // Starts to bring the slot of this hash into the cache.
    void prefetch(std::uint64_t hash) const {
        const Table& table = table_of(hash);
        if (!table.slots.empty()) __builtin_prefetch(&table.slots[table.home(hash)]);
    }

  private:
    struct Slot {
        std::uint64_t hash = 0;
        Item* item = nullptr;
    };
    struct Table {
        std::vector<Slot> slots;  // their number is a power of two, or zero
        std::size_t count = 0;

        [[nodiscard]] std::size_t mask() const { return slots.size() - 1; }
        [[nodiscard]] std::size_t home(std::uint64_t hash) const { return hash & mask(); }
        [[nodiscard]] std::size_t after(std::size_t at) const { return (at + 1) & mask(); }

        void place(Slot slot) {
            std::size_t at = home(slot.hash);
            while (slots[at].item != nullptr)
                at = after(at);
            slots[at] = slot;
        }
        void grow() {
            const std::vector<Slot> old = std::move(slots);
            slots = std::vector<Slot>(old.empty() ? 16 : old.size() * 2);
            for (const Slot& slot : old) {
                if (slot.item != nullptr) place(slot);
            }
        }
    };

    static constexpr int table_bits = 8;
    [[nodiscard]] const Table& table_of(std::uint64_t hash) const {
        return tables_[hash >> (64 - table_bits)];
    }
    [[nodiscard]] Table& table_of(std::uint64_t hash) { return tables_[hash >> (64 - table_bits)]; }

    std::array<Table, std::size_t{1} << table_bits> tables_;
};

}  // namespace kvbus::machine
