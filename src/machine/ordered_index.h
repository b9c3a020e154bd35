// An ordered index over small items, some of which are live: a B+ tree that keeps the number of live items
// below each child, so that those in a range are counted without walking it. Owned by one thread.
//
// `Before` tells whether one item, or a bound, stands before another: it takes any two of them, one of which
// is an item. An item is copied into the tree, and copies of it stand in inner nodes; none is left when it is
// erased, so what it points to may then go.
//
// Always true: items stand in strict order; every leaf is at the same depth; a node other than the root holds
// at least a quarter of what it can; each child's first item and its number of live items stand in its
// parent.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <type_traits>

#include "base/check.h"

namespace kvbus::machine {

template <class Item, class Before>
class OrderedIndex {
    struct Leaf;

  public:
    OrderedIndex() = default;
    OrderedIndex(const OrderedIndex&) = delete;
    OrderedIndex& operator=(const OrderedIndex&) = delete;
    ~OrderedIndex() { destroy(root_, height_); }

    // Over all items, live or not, in their order. Any insert or erase ends it.
    class Iterator {
      public:
        [[nodiscard]] const Item& operator*() const { return leaf_->items[at_]; }
        [[nodiscard]] bool live() const { return (leaf_->live >> at_ & 1) != 0; }
        Iterator& operator++() {
            ++at_;
            skip_end_of_leaf();
            return *this;
        }
        friend bool operator==(const Iterator&, const Iterator&) = default;

      private:
        friend OrderedIndex;
        Iterator(const Leaf* leaf, std::uint32_t at) : leaf_(leaf), at_(at) { skip_end_of_leaf(); }
        void skip_end_of_leaf() {
            if (at_ < leaf_->count) return;
            leaf_ = leaf_->next;
            at_ = 0;
            if (leaf_ == nullptr) *this = Iterator{};
        }
        Iterator() = default;

        const Leaf* leaf_ = nullptr;  // none: the end
        std::uint32_t at_ = 0;
    };
    [[nodiscard]] Iterator end() const { return {}; }

    // Where a bound would stand: the first item that is not before it, and how many live ones are.
    struct Place {
        Iterator at;
        std::uint64_t live_before = 0;
    };
    template <class Bound>
    [[nodiscard]] Place locate(const Bound& bound) const {
        if (root_ == nullptr) return {end(), 0};
        std::uint64_t live_before = 0;
        const Node* node = root_;
        for (std::uint32_t level = height_; level > 0; --level) {
            const auto& inner = static_cast<const Inner&>(*node);
            const std::uint32_t at = child_of(inner, bound);
            live_before = std::accumulate(inner.live.begin(), inner.live.begin() + at, live_before);
            node = inner.children[at];
        }
        const auto& leaf = static_cast<const Leaf&>(*node);
        const std::uint32_t at = place_in(leaf, bound);
        return {Iterator{&leaf, at}, live_before + live_in(leaf.live & below(at))};
    }
    [[nodiscard]] Iterator begin() const { return root_ == nullptr ? end() : Iterator{first_leaf(), 0}; }

    // The item must not be there yet. It is live.
    void insert(const Item& item) {
        grow_root();
        Node* node = root_;
        for (std::uint32_t level = height_; level > 0; --level) {
            auto& inner = static_cast<Inner&>(*node);
            std::uint32_t at = child_of(inner, item);
            if (split_if_full(inner, at, level - 1, item)) at = child_of(inner, item);
            ++inner.live[at];
            node = inner.children[at];
        }
        auto& leaf = static_cast<Leaf&>(*node);
        const std::uint32_t at = place_in(leaf, item);
        open_gap(leaf.items, at, leaf.count);
        leaf.items[at] = item;
        leaf.live = (leaf.live & below(at)) | (leaf.live & ~below(at)) << 1 | std::uint64_t{1} << at;
        ++leaf.count;
        ++size_;
        ++live_count_;
    }

    // The item must be there, live or not.
    void erase(const Item& item) {
        Path path;
        Item* as_first = nullptr;  // where a parent names the first item of our leaf
        Node* node = root_;
        for (std::uint32_t level = height_; level > 0; --level) {
            auto& inner = static_cast<Inner&>(*node);
            std::uint32_t at = child_of(inner, item);
            if (refill_if_low(inner, at, level - 1)) at = child_of(inner, item);
            path.push(inner.live[at]);
            if (at > 0) as_first = &inner.firsts[at];
            node = inner.children[at];
        }
        auto& leaf = static_cast<Leaf&>(*node);
        const std::uint32_t at = checked_place_in(leaf, item);
        if ((leaf.live >> at & 1) != 0) {
            path.add(-1);
            --live_count_;
        }
        close_gap(leaf.items, at, leaf.count);
        leaf.live = (leaf.live & below(at)) | (leaf.live >> 1 & ~below(at));
        --leaf.count;
        --size_;
        if (at == 0 && as_first != nullptr) *as_first = leaf.items[0];
        shrink_root();
    }

    // The item must be there.
    void set_live(const Item& item, bool live) {
        Path path;
        Node* node = root_;
        for (std::uint32_t level = height_; level > 0; --level) {
            auto& inner = static_cast<Inner&>(*node);
            const std::uint32_t at = child_of(inner, item);
            path.push(inner.live[at]);
            node = inner.children[at];
        }
        auto& leaf = static_cast<Leaf&>(*node);
        const std::uint64_t bit = std::uint64_t{1} << checked_place_in(leaf, item);
        if (((leaf.live & bit) != 0) == live) return;
        leaf.live ^= bit;
        path.add(live ? 1 : -1);
        live_count_ += live ? 1 : -1;
    }

    [[nodiscard]] std::uint64_t size() const { return size_; }
    [[nodiscard]] std::uint64_t live_count() const { return live_count_; }

    // Looks at everything that is always true; for tests.
    void check() const {
        const Leaf* next_leaf = first_leaf();
        const Sum sum = root_ == nullptr ? Sum{} : check(root_, height_, next_leaf);
        KV_CHECK(next_leaf == nullptr, "the chain of leaves has more of them than the tree");
        KV_CHECK(sum.items == size_ && sum.live == live_count_);
    }

  private:
    static_assert(std::is_trivially_copyable_v<Item>);
    static constexpr std::uint32_t leaf_max = 64;  // bits of Leaf::live
    static constexpr std::uint32_t inner_max = 32;
    static constexpr std::uint32_t height_max =
        24;  // a quarter of inner_max, to this power: beyond any memory

    struct Node {
        std::uint32_t count = 0;  // items of a leaf, children of an inner node
    };
    struct Leaf : Node {
        std::uint64_t live = 0;  // a bit for each item
        Leaf* next = nullptr;
        std::array<Item, leaf_max> items;
    };
    struct Inner : Node {
        std::array<Item, inner_max> firsts;  // of each child but the first: that one is never looked at
        std::array<std::uint64_t, inner_max> live;
        std::array<Node*, inner_max> children;
    };

    // The counters of live items on the way down to a leaf.
    struct Path {
        std::array<std::uint64_t*, height_max> counters;
        std::uint32_t length = 0;

        void push(std::uint64_t& counter) { counters[length++] = &counter; }
        void add(int number) {
            for (std::uint32_t i = 0; i < length; ++i)
                *counters[i] += static_cast<std::uint64_t>(number);
        }
    };

    static constexpr std::uint32_t max_of(std::uint32_t level) { return level == 0 ? leaf_max : inner_max; }
    static constexpr std::uint32_t min_of(std::uint32_t level) { return max_of(level) / 4; }
    static constexpr std::uint64_t below(std::uint32_t at) {
        return at >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << at) - 1;
    }
    static std::uint64_t live_in(std::uint64_t bits) {
        return static_cast<std::uint64_t>(std::popcount(bits));
    }
    static std::uint64_t live_in(const Node& node, std::uint32_t level) {
        if (level == 0) return live_in(static_cast<const Leaf&>(node).live);
        const auto& inner = static_cast<const Inner&>(node);
        return std::accumulate(inner.live.begin(), inner.live.begin() + inner.count, std::uint64_t{0});
    }

    [[nodiscard]] const Leaf* first_leaf() const {
        const Node* node = root_;
        for (std::uint32_t level = height_; level > 0; --level)
            node = static_cast<const Inner&>(*node).children[0];
        return static_cast<const Leaf*>(node);
    }

    // The child where a bound belongs: the last whose first item is not after it.
    template <class Bound>
    static std::uint32_t child_of(const Inner& inner, const Bound& bound) {
        const auto after = std::partition_point(inner.firsts.begin() + 1, inner.firsts.begin() + inner.count,
                                                [&](const Item& first) { return !Before{}(bound, first); });
        return static_cast<std::uint32_t>(after - inner.firsts.begin()) - 1;
    }
    template <class Bound>
    static std::uint32_t place_in(const Leaf& leaf, const Bound& bound) {
        const auto place = std::partition_point(leaf.items.begin(), leaf.items.begin() + leaf.count,
                                                [&](const Item& item) { return Before{}(item, bound); });
        return static_cast<std::uint32_t>(place - leaf.items.begin());
    }
    static std::uint32_t checked_place_in(const Leaf& leaf, const Item& item) {
        const std::uint32_t at = place_in(leaf, item);
        KV_CHECK(at < leaf.count && !Before{}(item, leaf.items[at]), "the item is not in the index");
        return at;
    }

    template <class Array>
    static void open_gap(Array& array, std::uint32_t at, std::uint32_t count) {
        std::copy_backward(array.begin() + at, array.begin() + count, array.begin() + count + 1);
    }
    template <class Array>
    static void close_gap(Array& array, std::uint32_t at, std::uint32_t count) {
        std::copy(array.begin() + at + 1, array.begin() + count, array.begin() + at);
    }
    template <class Array>
    static void copy_some(const Array& from, std::uint32_t at, std::uint32_t count, Array& to,
                          std::uint32_t to_at) {
        std::copy_n(from.begin() + at, count, to.begin() + to_at);
    }

    // --- splitting: before an insert goes down to a full node ---

    void grow_root() {
        if (root_ == nullptr) root_ = new Leaf;
        if (root_->count < max_of(height_)) return;
        auto* above = new Inner;
        above->count = 1;
        above->live[0] = live_count_;
        above->children[0] = root_;
        root_ = above;
        KV_CHECK(++height_ < height_max);
    }

    bool split_if_full(Inner& parent, std::uint32_t at, std::uint32_t level, const Item& item) {
        Node* child = parent.children[at];
        if (child->count < max_of(level)) return false;
        // Keys often come in ascending order, and then nothing is ever put into the left half again.
        const bool at_the_end = level == 0 ? place_in(static_cast<Leaf&>(*child), item) == child->count
                                           : child_of(static_cast<Inner&>(*child), item) + 1 == child->count;
        const std::uint32_t keep = at_the_end ? max_of(level) - min_of(level) : max_of(level) / 2;
        if (level == 0) {
            auto* right = new Leaf;
            right->next = static_cast<Leaf*>(child)->next;
            static_cast<Leaf*>(child)->next = right;
            add_child(parent, at + 1, right);
        } else {
            add_child(parent, at + 1, new Inner);
        }
        move_between(parent, at, level, child->count - keep);
        return true;
    }

    static void add_child(Inner& parent, std::uint32_t at, Node* child) {
        open_gap(parent.firsts, at, parent.count);
        open_gap(parent.live, at, parent.count);
        open_gap(parent.children, at, parent.count);
        parent.live[at] = 0;
        parent.children[at] = child;
        ++parent.count;
    }

    // --- merging: before an erase goes down to a node at its minimum ---

    bool refill_if_low(Inner& parent, std::uint32_t at, std::uint32_t level) {
        if (parent.children[at]->count > min_of(level)) return false;
        const std::uint32_t left = at > 0 ? at - 1 : at;
        const std::uint32_t left_count = parent.children[left]->count;
        const std::uint32_t sum = left_count + parent.children[left + 1]->count;
        // Not quite full, so that the next insert does not split it again.
        if (sum > max_of(level) - min_of(level)) {
            const std::uint32_t half = sum / 2;
            move_between(parent, left, level, static_cast<std::int64_t>(left_count) - half);
            return true;
        }
        move_between(parent, left, level, static_cast<std::int64_t>(left_count) - sum);
        remove_empty_child(parent, left + 1, level);
        return true;
    }

    static void remove_empty_child(Inner& parent, std::uint32_t at, std::uint32_t level) {
        Node* child = parent.children[at];
        if (level == 0) {
            static_cast<Leaf*>(parent.children[at - 1])->next = static_cast<Leaf*>(child)->next;
            delete static_cast<Leaf*>(child);
        } else {
            delete static_cast<Inner*>(child);
        }
        close_gap(parent.firsts, at, parent.count);
        close_gap(parent.live, at, parent.count);
        close_gap(parent.children, at, parent.count);
        --parent.count;
    }

    void shrink_root() {
        while (height_ > 0 && root_->count == 1) {
            auto* above = static_cast<Inner*>(root_);
            root_ = above->children[0];
            --height_;
            delete above;
        }
    }

    // --- both: moves `number` to the right of two neighbours, or to the left if it is negative ---

    static void move_between(Inner& parent, std::uint32_t left_at, std::uint32_t level, std::int64_t number) {
        Node* left = parent.children[left_at];
        Node* right = parent.children[left_at + 1];
        Item& right_first = parent.firsts[left_at + 1];
        if (level == 0) {
            auto& right_leaf = static_cast<Leaf&>(*right);
            move_items(static_cast<Leaf&>(*left), right_leaf, number);
            if (right_leaf.count > 0) right_first = right_leaf.items[0];
        } else {
            auto& right_inner = static_cast<Inner&>(*right);
            right_inner.firsts[0] = right_first;
            move_children(static_cast<Inner&>(*left), right_inner, number);
            right_first = right_inner.firsts[0];
        }
        parent.live[left_at] = live_in(*left, level);
        parent.live[left_at + 1] = live_in(*right, level);
    }

    static void move_items(Leaf& left, Leaf& right, std::int64_t number) {
        if (number > 0) {
            const auto moved = static_cast<std::uint32_t>(number);
            const std::uint32_t keep = left.count - moved;
            std::copy_backward(right.items.begin(), right.items.begin() + right.count,
                               right.items.begin() + right.count + moved);
            copy_some(left.items, keep, moved, right.items, 0);
            right.live = right.live << moved | left.live >> keep;
            left.live &= below(keep);
        } else {
            const auto moved = static_cast<std::uint32_t>(-number);
            copy_some(right.items, 0, moved, left.items, left.count);
            std::copy(right.items.begin() + moved, right.items.begin() + right.count, right.items.begin());
            left.live |= (right.live & below(moved)) << left.count;
            right.live >>= moved;
        }
        shift_counts(left, right, number);
    }

    static void move_children(Inner& left, Inner& right, std::int64_t number) {
        const auto move = [&](auto member) {
            auto& from_left = left.*member;
            auto& from_right = right.*member;
            if (number > 0) {
                const auto moved = static_cast<std::uint32_t>(number);
                std::copy_backward(from_right.begin(), from_right.begin() + right.count,
                                   from_right.begin() + right.count + moved);
                copy_some(from_left, left.count - moved, moved, from_right, 0);
            } else {
                const auto moved = static_cast<std::uint32_t>(-number);
                copy_some(from_right, 0, moved, from_left, left.count);
                std::copy(from_right.begin() + moved, from_right.begin() + right.count, from_right.begin());
            }
        };
        move(&Inner::firsts);
        move(&Inner::live);
        move(&Inner::children);
        shift_counts(left, right, number);
    }

    static void shift_counts(Node& left, Node& right, std::int64_t number) {
        left.count = static_cast<std::uint32_t>(left.count - number);
        right.count = static_cast<std::uint32_t>(right.count + number);
    }

    static void destroy(Node* node, std::uint32_t level) {
        if (node == nullptr) return;
        if (level == 0) return delete static_cast<Leaf*>(node);
        auto* inner = static_cast<Inner*>(node);
        for (std::uint32_t at = 0; at < inner->count; ++at)
            destroy(inner->children[at], level - 1);
        delete inner;
    }

    struct Sum {
        std::uint64_t items = 0;
        std::uint64_t live = 0;
        Item first{};
        Item last{};
    };
    Sum check(const Node* node, std::uint32_t level, const Leaf*& next_leaf) const {
        const bool root = node == root_;
        KV_CHECK(node->count <= max_of(level));
        KV_CHECK(node->count >= (root ? (level == 0 ? 0 : 2) : min_of(level)), "a node is too empty");
        return level == 0 ? check_leaf(static_cast<const Leaf&>(*node), next_leaf)
                          : check_inner(static_cast<const Inner&>(*node), level, next_leaf);
    }
    Sum check_leaf(const Leaf& leaf, const Leaf*& next_leaf) const {
        KV_CHECK(&leaf == next_leaf, "the chain of leaves skips one");
        next_leaf = leaf.next;
        KV_CHECK((leaf.live & ~below(leaf.count)) == 0, "live items beyond the last");
        for (std::uint32_t at = 1; at < leaf.count; ++at)
            KV_CHECK(Before{}(leaf.items[at - 1], leaf.items[at]), "items out of order");
        if (leaf.count == 0) return {};
        return {leaf.count, live_in(leaf.live), leaf.items[0], leaf.items[leaf.count - 1]};
    }
    Sum check_inner(const Inner& inner, std::uint32_t level, const Leaf*& next_leaf) const {
        const auto same = [](const Item& a, const Item& b) { return !Before{}(a, b) && !Before{}(b, a); };
        Sum sum;
        for (std::uint32_t at = 0; at < inner.count; ++at) {
            const Sum child = check(inner.children[at], level - 1, next_leaf);
            KV_CHECK(child.live == inner.live[at], "a wrong number of live items");
            KV_CHECK(at == 0 || Before{}(sum.last, child.first), "children out of order");
            KV_CHECK(at == 0 || same(inner.firsts[at], child.first), "a child's first item is another");
            sum = {sum.items + child.items, sum.live + child.live, at == 0 ? child.first : sum.first,
                   child.last};
        }
        return sum;
    }

    Node* root_ = nullptr;
    std::uint32_t height_ = 0;  // levels above the leaves
    std::uint64_t size_ = 0;
    std::uint64_t live_count_ = 0;
};

}  // namespace kvbus::machine
