#include "api/routes/write_answer.hpp"

namespace throughline {

namespace {

/// Steps of a command, each an answer that is pending until the next one need not wait.
class WriteUnderWay : public PendingResponse {
  public:
    WriteUnderWay(IdempotencyKeys::Claim claim, PendingWrite write,
                  std::function<Result<Response>(const Written&)> answer)
        : claim_(std::move(claim)), write_(std::move(write)), answer_(std::move(answer)) {}

    void on_ready(std::function<void()> callback) override { write_.on_ready(std::move(callback)); }
    [[nodiscard]] Result<Response> finish() override {
        const auto done = write_.proceed();
        if (!done) return answer_to_write(std::move(claim_), std::move(write_), std::move(answer_));
        if (!*done) return done->error();
        return answer_(**done);
    }

  private:
    IdempotencyKeys::Claim claim_;
    PendingWrite write_;
    std::function<Result<Response>(const Written&)> answer_;
};

} // namespace

Response answer_to_write(IdempotencyKeys::Claim claim, PendingWrite write,
                         std::function<Result<Response>(const Written&)> answer) {
    Response response;
    response.pending =
        std::make_unique<WriteUnderWay>(std::move(claim), std::move(write), std::move(answer));
    return response;
}

Response with_position(Response response, const Written& written) {
    response.with("Throughline-Position", std::to_string(written.position));
    if (written.replayed) response.with("Idempotency-Replayed", "true");
    return response;
}

} // namespace throughline
