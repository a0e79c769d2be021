#pragma once
#include <list>

namespace throughline {

/// Those that wait, longest first. Who joins or leaves costs nothing but that: no search, no
/// memory. One thread's.
template <class T> class WaitingLine {
  public:
    /// One that may wait; leaves at the end of its scope.
    class Place {
      public:
        Place(WaitingLine& line, T& who) : line_(line), own_{&who}, at_(own_.begin()) {}
        ~Place() { leave(); }
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;

        /// At the end, unless it waits already.
        void join() { line_.all_.splice(line_.all_.end(), own_); }
        void leave() {
            if (own_.empty()) own_.splice(own_.begin(), line_.all_, at_);
        }

      private:
        WaitingLine& line_;
        std::list<T*> own_; // its entry, while that is not in the line
        const typename std::list<T*>::iterator at_;
    };

    /// Null where nobody waits.
    [[nodiscard]] T* first() const { return all_.empty() ? nullptr : all_.front(); }

  private:
    std::list<T*> all_;
};

} // namespace throughline
