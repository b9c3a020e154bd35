// What all records on disk have in common: one msgpack array, of which the first element is the version of
// the format. They grow by appended elements; a new version means that an older program must not read them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <kvbus/error.h>

#include "wire/cursor.h"
#include "wire/fields.h"
#include "wire/pack.h"

namespace kvbus::wire {

constexpr std::uint64_t stored_record_version = 1;

// Replaces `out` by an array of so many elements, of which the version is the first.
inline Packer open_stored_record(std::string& out, std::size_t elements) {
    out.clear();
    Packer packer(out);
    packer.array(elements);
    packer.uint(stored_record_version);
    return packer;
}

// Reads one of them. Everything has been checked once finish() gave no error.
class StoredRecord {
  public:
    StoredRecord(std::string_view name, std::string_view bytes)
        : name_(name), cursor_(bytes), fields_(cursor_) {
        version_ = fields_.uint();
    }

    Fields& fields() { return fields_; }

    [[nodiscard]] Result<void> finish() {
        if (version_ > stored_record_version) {
            return Error{Code::unsupported, "the " + name_ +
                                                " was stored by a newer version of kvbus (format " +
                                                std::to_string(version_) + "); start that version"};
        }
        fields_.finish();
        if (!cursor_.ok() || version_ == 0 || cursor_.remaining() > 0) {
            return Error{Code::damaged, "the " + name_ + " cannot be read"};
        }
        return {};
    }

  private:
    std::string name_;
    Cursor cursor_;
    Fields fields_;
    std::uint64_t version_ = 0;
};

}  // namespace kvbus::wire
