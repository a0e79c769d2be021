#include "domain/rules/text_blocks.hpp"
#include "domain/rules/text_scan.hpp"

#include <stdexcept>

namespace throughline::rules {

namespace {

/// Counts brackets outside of texts, many bytes at once where nothing is escaped in them.
class ClosingScan {
  public:
    explicit ClosingScan(const char* end) : end_(end) {}

    const char* run(const char* at) {
        while (end_ - at >= 64) {
            const Block64 block(at);
            const bool open = block.which('\\') == 0 ? pass(block, at) : walk(at, at + 64);
            if (!open) return closed_;
        }
        if (walk(at, end_)) throw std::runtime_error("the text is not JSON");
        return closed_;
    }

  private:
    /// Over the block; false where it closes.
    bool pass(const Block64& block, const char*& at) {
        const std::uint64_t texts = between(block.which('"')) ^ (in_text_ ? ~std::uint64_t{0} : 0);
        const std::uint64_t opening = block.which_bracket('{') & ~texts;
        const std::uint64_t closing = block.which_bracket('}') & ~texts;
        const int closed = std::popcount(closing);
        if (closed < depth_)
            depth_ += std::popcount(opening) - closed;
        else if (closes(opening, closing, at))
            return false;
        in_text_ = texts >> 63 != 0;
        at += 64;
        return true;
    }

    bool closes(std::uint64_t opening, std::uint64_t closing, const char* at) {
        for (std::uint64_t marks = opening | closing; marks != 0; marks &= marks - 1) {
            const int mark = std::countr_zero(marks);
            depth_ += (opening >> mark & 1) != 0 ? 1 : -1;
            if (depth_ > 0) continue;
            closed_ = at + mark + 1;
            return true;
        }
        return false;
    }

    /// Byte by byte to `until`, or one further; false where it closes.
    bool walk(const char*& at, const char* until) {
        for (; at < until; ++at) {
            if (in_text_) {
                if (*at == '\\')
                    ++at;
                else if (*at == '"')
                    in_text_ = false;
            } else if (*at == '"') {
                in_text_ = true;
            } else if (*at == '{' || *at == '[') {
                ++depth_;
            } else if ((*at == '}' || *at == ']') && --depth_ == 0) {
                closed_ = at + 1;
                return false;
            }
        }
        return true;
    }

    const char* end_;
    const char* closed_ = nullptr;
    int depth_ = 1;
    bool in_text_ = false;
};

} // namespace

const char* scan_to_close(const char* at, const char* end) { return ClosingScan(end).run(at); }

} // namespace throughline::rules
