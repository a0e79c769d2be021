#pragma once
#include <cstddef>
#include <functional>
#include <unordered_map>
#include <utility>

namespace throughline {

/// A bounded map that forgets: entries live in two generations, and the older one is dropped when
/// the younger is full. Not thread-safe.
template <class Key, class Value, class Hash = std::hash<Key>> class ForgetfulMap {
  public:
    explicit ForgetfulMap(std::size_t generation) : generation_(generation) {}
    [[nodiscard]] const Value* find(const Key& key) const {
        for (const auto* map : {&young_, &old_})
            if (const auto found = map->find(key); found != map->end()) return &found->second;
        return nullptr;
    }
    void put(const Key& key, Value value) {
        if (young_.size() >= generation_ && !young_.contains(key)) {
            old_ = std::move(young_);
            young_.clear();
        }
        young_.insert_or_assign(key, std::move(value));
    }
    void erase(const Key& key) {
        young_.erase(key);
        old_.erase(key);
    }
    template <class Predicate> void erase_if(Predicate predicate) {
        std::erase_if(young_, predicate);
        std::erase_if(old_, predicate);
    }

  private:
    std::size_t generation_;
    std::unordered_map<Key, Value, Hash> young_;
    std::unordered_map<Key, Value, Hash> old_;
};

} // namespace throughline
