#include "wire/answer_fields.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "wire/client_frames.h"
#include "wire/limits.h"
#include "wire/operation_fields.h"

namespace kvbus::wire {
namespace {

constexpr std::size_t record_field_count = 6;
constexpr std::size_t record_bytes_min = 6;  // the lease came later
constexpr std::size_t answer_overhead_max = 32;
constexpr std::size_t reserved_max = 16;  // answers; a count is a promise that may be a lie

// --- writing -----------------------------------------------------------------------------------------------

template <class AnyRecord>
void pack_any_record(Packer& packer, const AnyRecord& record, std::string_view value) {
    packer.array(record_field_count);
    packer.bytes(record.key);
    packer.bytes(value);
    packer.uint(record.create_revision.value);
    packer.uint(record.mod_revision.value);
    packer.uint(record.version);
    packer.uint(record.lease.value);
}

struct AnswerWriter {
    Packer packer;

    void head(RequestType kind, std::size_t further_fields) {
        packer.array(1 + further_fields);
        packer.uint(static_cast<std::uint64_t>(kind));
    }
    void operator()(const machine::PutAnswer& put) {
        head(RequestType::put, 1);
        pack_records(packer, put.previous);
    }
    void operator()(const machine::DeleteAnswer& remove) {
        head(RequestType::remove, 2);
        packer.uint(remove.deleted);
        pack_records(packer, remove.previous);
    }
    void operator()(const machine::AppendAnswer& append) {
        head(RequestType::append, 1);
        packer.uint(append.bytes);
    }
    void operator()(const machine::IncrementAnswer& increment) {
        head(RequestType::increment, 1);
        packer.integer(increment.value);
    }
    void operator()(const machine::RangeAnswer& range) {
        head(RequestType::range, 3);
        packer.uint(range.count);
        packer.boolean(range.more);
        pack_records(packer, range.kvs);
    }
    void operator()(const machine::TxnAnswer& txn) {
        head(RequestType::txn, 2);
        packer.boolean(txn.succeeded);
        pack_answers(packer, txn.answers);
    }
    void operator()(const machine::LeaseAnswer& lease) {
        head(RequestType::lease_grant, 2);
        packer.uint(lease.lease.value);
        packer.integer(lease.ttl.count());
    }
    void operator()(const machine::CampaignAnswer& campaign) {
        head(RequestType::campaign, 2);
        packer.bytes(campaign.key);
        packer.uint(campaign.token.value);
    }
};

struct AnswerBytes {
    static std::size_t records(const std::vector<KeyValue>& records) {
        std::size_t bytes = 0;
        for (const KeyValue& record : records)
            bytes += record.key.size() + record.value.size() + record_overhead_max;
        return bytes;
    }
    std::size_t operator()(const machine::PutAnswer& put) const { return records(put.previous); }
    std::size_t operator()(const machine::DeleteAnswer& remove) const { return records(remove.previous); }
    std::size_t operator()(const machine::RangeAnswer& range) const { return records(range.kvs); }
    std::size_t operator()(const machine::TxnAnswer& txn) const {
        std::size_t bytes = 0;
        for (const machine::Answer& answer : txn.answers)
            bytes += answer_bytes_max(answer);
        return bytes;
    }
    std::size_t operator()(const machine::CampaignAnswer& campaign) const { return campaign.key.size(); }
    template <class Other>
    std::size_t operator()(const Other&) const {
        return 0;
    }
};

// --- reading -----------------------------------------------------------------------------------------------

// Reads an answer with the bounds that hold for all that is nested in it.
class AnswerReader {
  public:
    machine::Answer answer(Fields fields) {
        machine::Answer answer = any(fields);
        fields.finish();
        return answer;
    }
    machine::TxnAnswer txn(Fields& fields) {
        machine::TxnAnswer txn;
        if (depth_ == limits::txn_depth_max) {
            fields.fail();
            return txn;
        }
        ++depth_;
        txn.succeeded = fields.boolean();
        Fields answers = fields.nested();
        txn.answers.reserve(std::min(answers.count(), reserved_max));
        while (answers.ok() && !answers.done()) {
            if (++answers_ > limits::txn_parts_max) answers.fail();
            txn.answers.push_back(answer(answers.nested()));
        }
        --depth_;
        return txn;
    }

  private:
    machine::Answer any(Fields& fields) {
        switch (read_type(fields.uint())) {
            case RequestType::put:
                return {machine::PutAnswer{read_records(fields.nested())}};
            case RequestType::remove:
                return {machine::DeleteAnswer{fields.uint(), read_records(fields.nested())}};
            case RequestType::range:
                return {read_range_answer(fields)};
            case RequestType::append:
                return {machine::AppendAnswer{fields.uint()}};
            case RequestType::increment:
                return {machine::IncrementAnswer{fields.integer()}};
            case RequestType::txn:
                return {txn(fields)};
            case RequestType::lease_grant:
                return {read_lease_answer(fields)};
            case RequestType::campaign:
                return {read_campaign_answer(fields)};
            default:
                fields.fail();
                return {};
        }
    }

    std::size_t depth_ = 0;
    std::size_t answers_ = 0;
};

}  // namespace

void pack_record(Packer& packer, const machine::Record& record, bool keys_only) {
    pack_any_record(packer, record, keys_only ? std::string_view{} : record.value);
}

void pack_records(Packer& packer, std::span<const KeyValue> records) {
    packer.array(records.size());
    for (const KeyValue& record : records)
        pack_any_record(packer, record, record.value);
}

machine::Record read_viewed_record(Fields fields) {
    machine::Record record;
    record.key = fields.bytes();
    record.value = fields.bytes();
    record.create_revision = Revision{fields.uint()};
    record.mod_revision = Revision{fields.uint()};
    record.version = fields.uint();
    record.lease = LeaseId{fields.uint_or(0)};
    fields.finish();
    return record;
}

KeyValue read_record(Fields fields) {
    return machine::owned(read_viewed_record(fields));
}

std::vector<KeyValue> read_records(Fields records) {
    std::vector<KeyValue> kvs;
    kvs.reserve(std::min(records.count(), records.remaining() / record_bytes_min));
    while (records.ok() && !records.done())
        kvs.push_back(read_record(records.nested()));
    return kvs;
}

void pack_answer(Packer& packer, const machine::Answer& answer) {
    std::visit(AnswerWriter{packer}, answer.body);
}

void pack_answers(Packer& packer, std::span<const machine::Answer> answers) {
    packer.array(answers.size());
    for (const machine::Answer& answer : answers)
        pack_answer(packer, answer);
}

machine::Answer read_answer(Fields fields) {
    return AnswerReader{}.answer(fields);
}

machine::TxnAnswer read_txn_answer(Fields& fields) {
    return AnswerReader{}.txn(fields);
}

machine::RangeAnswer read_range_answer(Fields& fields) {
    machine::RangeAnswer range;
    range.count = fields.uint();
    range.more = fields.boolean();
    range.kvs = read_records(fields.nested());
    return range;
}

machine::LeaseAnswer read_lease_answer(Fields& fields) {
    return {LeaseId{fields.uint()}, std::chrono::milliseconds{fields.integer()}};
}

machine::CampaignAnswer read_campaign_answer(Fields& fields) {
    return {std::string(fields.bytes()), Revision{fields.uint()}};
}

std::size_t answer_bytes_max(const machine::Answer& answer) {
    return answer_overhead_max + std::visit(AnswerBytes{}, answer.body);
}

}  // namespace kvbus::wire
