#include "api/compression.hpp"

#include "api/header_list.hpp"
#include "domain/text.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <zlib.h>

namespace throughline {

namespace {

constexpr std::size_t least_bytes = 1024;
constexpr int level = 5;
constexpr int gzip = 16; // added to the window's bits: a gzip header and trailer
constexpr std::size_t output_step = 16U << 10;

/// deflate's memory is 2^(window + 2) + 2^(memory + 9) bytes.
struct Size {
    int window;
    int memory;
};
constexpr Size of_whole{15, 8};  // 256 KiB, for as long as one answer takes
constexpr Size of_stream{13, 6}; // 64 KiB, as long as the client reads

class Gzip {
  public:
    explicit Gzip(Size size) {
        if (deflateInit2(&state_, level, Z_DEFLATED, size.window + gzip, size.memory,
                         Z_DEFAULT_STRATEGY) != Z_OK)
            throw std::bad_alloc();
    }
    ~Gzip() { deflateEnd(&state_); }
    Gzip(const Gzip&) = delete;
    Gzip& operator=(const Gzip&) = delete;

    /// Appends what `bytes` give; `flush` is zlib's.
    void add(std::string_view bytes, int flush, std::string& out) {
        // zlib never writes there.
        state_.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(bytes.data()));
        state_.avail_in = static_cast<uInt>(bytes.size());
        do {
            const auto filled = out.size();
            out.resize(filled + output_step);
            state_.next_out = reinterpret_cast<Bytef*>(out.data() + filled);
            state_.avail_out = output_step;
            deflate(&state_, flush);
            out.resize(out.size() - state_.avail_out);
        } while (state_.avail_out == 0);
    }

  private:
    z_stream state_{};
};

class GzipStream final : public BodyStream {
  public:
    explicit GzipStream(std::unique_ptr<BodyStream> plain) : plain_(std::move(plain)) {}

    Piece next() override {
        Piece out;
        do {
            const Piece piece = plain_->next();
            out.last = piece.last;
            out.status = piece.status;
            const bool waits = piece.bytes.empty() && !piece.last;
            if (waits && !holds_back_) return out;
            gzip_.add(piece.bytes,
                      piece.last ? Z_FINISH
                      : waits    ? Z_SYNC_FLUSH
                                 : Z_NO_FLUSH,
                      out.bytes);
            holds_back_ = !waits;
        } while (out.bytes.empty());
        return out;
    }
    void on_more(std::function<void()> wake) override { plain_->on_more(std::move(wake)); }
    std::chrono::milliseconds max_wait() const override { return plain_->max_wait(); }
    void shut_down() override { plain_->shut_down(); }
    bool reads_model() const override { return plain_->reads_model(); }

  private:
    std::unique_ptr<BodyStream> plain_;
    Gzip gzip_{of_stream};
    bool holds_back_ = false; // something that was not given out yet
};

bool is_compressible(std::string_view content_type) {
    const std::string type =
        ascii_lower(without_blanks(content_type.substr(0, content_type.find(';'))));
    if (type == "text/event-stream") return false;
    return type.starts_with("text/") || type.ends_with("json");
}

/// In thousandths; 0 where the weight is none (RFC 9110 section 12.4.2).
int weight_of(std::string_view element) {
    const auto semicolon = element.find(';');
    if (semicolon == std::string_view::npos) return 1000;
    std::string_view text = without_blanks(element.substr(semicolon + 1));
    if (!text.starts_with("q=")) return 0;
    text.remove_prefix(2);
    if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return 0;
    if (text.size() > 1 && text[1] != '.') return 0;
    int weight = (text[0] - '0') * 1000;
    int step = 100;
    for (const char c : text.substr(std::min<std::size_t>(2, text.size()))) {
        if (c < '0' || c > '9') return 0;
        weight += (c - '0') * step;
        step /= 10;
    }
    return std::min(weight, 1000);
}

bool has_header(const Response& response, std::string_view name) {
    return std::ranges::any_of(response.headers,
                               [name](const auto& header) { return header.first == name; });
}

bool is_left_alone(const Response& response) {
    return response.status < 200 || response.status == 204 || response.status == 304 ||
           (!response.stream && response.body.size() < least_bytes) ||
           !is_compressible(response.content_type) || has_header(response, "ETag") ||
           has_header(response, "Content-Encoding");
}

} // namespace

bool prefers_gzip(const Request& request) {
    int of_gzip = -1;
    int of_identity = -1;
    int of_rest = -1;
    for (const std::string& element : header_list(request, "accept-encoding")) {
        const auto coding = without_blanks(std::string_view(element).substr(0, element.find(';')));
        if (coding == "gzip" || coding == "x-gzip") of_gzip = weight_of(element);
        if (coding == "identity") of_identity = weight_of(element);
        if (coding == "*") of_rest = weight_of(element);
    }
    if (of_gzip < 0) of_gzip = of_rest;
    return of_gzip > 0 && of_gzip >= of_identity;
}

void compress(Response& response, const Request& request) {
    if (is_left_alone(response)) return;
    response.with("Vary", "Accept-Encoding");
    if (!prefers_gzip(request)) return;
    response.with("Content-Encoding", "gzip");
    if (response.stream) {
        response.stream = std::make_unique<GzipStream>(std::move(response.stream));
        return;
    }
    std::string small;
    Gzip(of_whole).add(response.body, Z_FINISH, small);
    response.body = std::move(small);
}

} // namespace throughline
