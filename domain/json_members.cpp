#include "domain/json_members.hpp"

#include <algorithm>
#include <stdexcept>

namespace throughline {

namespace {

class Scanner {
  public:
    explicit Scanner(std::string_view text) : text_(text) {}

    bool take(char c) {
        const bool is_next = at_ < text_.size() && text_[at_] == c;
        at_ += is_next ? 1 : 0;
        return is_next;
    }
    void expect(char c) {
        if (!take(c)) throw std::runtime_error("the text is no JSON object as it was written");
    }

    /// Without its quotes.
    std::string_view string() {
        expect('"');
        const std::size_t begin = at_;
        do at_ = std::min(text_.find('"', at_), text_.size()) + 1;
        while (is_escaped(at_ - 1));
        if (at_ > text_.size()) expect('"');
        return text_.substr(begin, at_ - 1 - begin);
    }

    /// Up to the comma or bracket that ends it.
    std::string_view value() {
        const std::size_t begin = at_;
        if (at_ < text_.size() && text_[at_] == '"') {
            (void)string();
            return text_.substr(begin, at_ - begin);
        }
        for (int depth = 0; at_ < text_.size(); ++at_) {
            const char c = text_[at_];
            if (c == '"') {
                (void)string();
                --at_;
            } else if (c == '{' || c == '[') {
                ++depth;
            } else if (depth == 0 && (c == ',' || c == '}')) {
                break;
            } else if (c == '}' || c == ']') {
                --depth;
            }
        }
        return text_.substr(begin, at_ - begin);
    }

    [[nodiscard]] bool is_at_end() const { return at_ == text_.size(); }

  private:
    /// By an odd number of backslashes before it.
    [[nodiscard]] bool is_escaped(std::size_t quote) const {
        std::size_t first = quote;
        while (first > 0 && text_[first - 1] == '\\') --first;
        return quote < text_.size() && (quote - first) % 2 == 1;
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

} // namespace

std::vector<JsonTextMember> members_of(std::string_view object) {
    std::vector<JsonTextMember> members;
    members.reserve(16);
    Scanner scanner(object);
    scanner.expect('{');
    while (!scanner.take('}')) {
        if (!members.empty()) scanner.expect(',');
        const std::string_view name = scanner.string();
        scanner.expect(':');
        members.push_back({name, scanner.value()});
    }
    if (!scanner.is_at_end()) scanner.expect('\0');
    return members;
}

} // namespace throughline
