// librdkafka uses the threads of C11, which the thread sanitizer does not see: threads it never
// heard of crash it, and locks it does not know look like races. Linked into every program of that
// build, these forward them to POSIX threads, which it does see. glibc has room for one in the
// other (checked below).
#include <pthread.h>

#include <cerrno>
#include <cstdint>
#include <memory>
#include <threads.h>

static_assert(sizeof(mtx_t) >= sizeof(pthread_mutex_t) && sizeof(cnd_t) >= sizeof(pthread_cond_t));

namespace {

struct Start {
    thrd_start_t function;
    void* argument;
};

void* run(void* given) {
    const std::unique_ptr<Start> start(static_cast<Start*>(given));
    return reinterpret_cast<void*>(static_cast<std::intptr_t>(start->function(start->argument)));
}

int result(int fault) {
    return fault == 0 ? thrd_success : fault == ETIMEDOUT ? thrd_timedout : thrd_error;
}

pthread_mutex_t* posix(mtx_t* mutex) { return reinterpret_cast<pthread_mutex_t*>(mutex); }
pthread_cond_t* posix(cnd_t* condition) { return reinterpret_cast<pthread_cond_t*>(condition); }

} // namespace

extern "C" {

int thrd_create(thrd_t* thread, thrd_start_t function, void* argument) {
    auto start = std::make_unique<Start>(Start{function, argument});
    const int fault = pthread_create(thread, nullptr, run, start.get());
    if (fault == 0) (void)start.release(); // the thread's
    return result(fault);
}
int thrd_join(thrd_t thread, int* code) {
    void* value = nullptr;
    const int fault = pthread_join(thread, &value);
    if (code != nullptr) *code = static_cast<int>(reinterpret_cast<std::intptr_t>(value));
    return result(fault);
}

int mtx_init(mtx_t* mutex, int type) noexcept {
    pthread_mutexattr_t kind;
    pthread_mutexattr_init(&kind);
    if ((type & mtx_recursive) != 0) pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_RECURSIVE);
    const int fault = pthread_mutex_init(posix(mutex), &kind);
    pthread_mutexattr_destroy(&kind);
    return result(fault);
}
int mtx_lock(mtx_t* mutex) { return result(pthread_mutex_lock(posix(mutex))); }
int mtx_unlock(mtx_t* mutex) noexcept { return result(pthread_mutex_unlock(posix(mutex))); }
void mtx_destroy(mtx_t* mutex) noexcept { pthread_mutex_destroy(posix(mutex)); }

int cnd_init(cnd_t* condition) noexcept {
    return result(pthread_cond_init(posix(condition), nullptr));
}
int cnd_signal(cnd_t* condition) noexcept { return result(pthread_cond_signal(posix(condition))); }
int cnd_broadcast(cnd_t* condition) noexcept {
    return result(pthread_cond_broadcast(posix(condition)));
}
int cnd_wait(cnd_t* condition, mtx_t* mutex) {
    return result(pthread_cond_wait(posix(condition), posix(mutex)));
}
int cnd_timedwait(cnd_t* condition, mtx_t* mutex, const timespec* until) {
    return result(pthread_cond_timedwait(posix(condition), posix(mutex), until));
}
void cnd_destroy(cnd_t* condition) noexcept { pthread_cond_destroy(posix(condition)); }
}
