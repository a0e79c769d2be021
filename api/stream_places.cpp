#include "api/stream_places.hpp"

namespace throughline {

std::shared_ptr<void> StreamPlaces::take(const Uuid& caller) {
    {
        const std::lock_guard lock(mutex_);
        const auto own = open_.find(caller);
        if (all_ >= in_all_ || (own != open_.end() && own->second >= per_caller_)) return nullptr;
        ++open_[caller];
        ++all_;
    }
    return {static_cast<void*>(this),
            [self = shared_from_this(), caller](void*) { self->leave(caller); }};
}

void StreamPlaces::leave(const Uuid& caller) {
    const std::lock_guard lock(mutex_);
    --all_;
    const auto own = open_.find(caller);
    if (--own->second == 0) open_.erase(own);
}

} // namespace throughline
