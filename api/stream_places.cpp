#include "api/stream_places.hpp"

namespace throughline {

namespace {

std::size_t count_of(const std::map<Uuid, std::size_t>& open, const Uuid& whose) {
    const auto own = open.find(whose);
    return own == open.end() ? 0 : own->second;
}

void take_away(std::map<Uuid, std::size_t>& open, const Uuid& whose) {
    const auto own = open.find(whose);
    if (--own->second == 0) open.erase(own);
}

} // namespace

std::shared_ptr<void> StreamPlaces::take(const Uuid& tenant, const Uuid& caller) {
    {
        const std::lock_guard lock(mutex_);
        if (all_ >= in_all_ || count_of(of_tenants_, tenant) >= per_tenant_ ||
            count_of(of_callers_, caller) >= per_caller_)
            return nullptr;
        ++of_tenants_[tenant];
        ++of_callers_[caller];
        ++all_;
    }
    return {static_cast<void*>(this),
            [self = shared_from_this(), tenant, caller](void*) { self->leave(tenant, caller); }};
}

void StreamPlaces::leave(const Uuid& tenant, const Uuid& caller) {
    const std::lock_guard lock(mutex_);
    --all_;
    take_away(of_tenants_, tenant);
    take_away(of_callers_, caller);
}

} // namespace throughline
