// Wakes a thread that waits in poll(): an eventfd behind two calls. One thread waits, any thread wakes.
#pragma once

namespace kvbus {

class Wake {
  public:
    Wake();
    ~Wake();
    Wake(const Wake&) = delete;
    Wake& operator=(const Wake&) = delete;

    [[nodiscard]] int fd() const { return fd_; }  // readable after wake() until clear()
    void wake();                                  // one syscall
    void clear();                                 // one syscall; call before looking at what the wake was for

  private:
    int fd_;
};

}  // namespace kvbus
