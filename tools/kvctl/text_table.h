// A table in ASCII, as etcdctl draws them: titles in the middle, cells to the right.
#pragma once

#include <string>
#include <vector>

namespace kvbus::kvctl {

class TextTable {
  public:
    explicit TextTable(std::vector<std::string> titles) : titles_(std::move(titles)) {}

    void add_row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }  // as many as titles
    [[nodiscard]] std::string text() const;

  private:
    std::vector<std::string> titles_;
    std::vector<std::vector<std::string>> rows_;
};

}  // namespace kvbus::kvctl
