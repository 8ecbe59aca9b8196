/* Locks between threads by pthread. A failure of the system here is a mistake of ours: it asserts. */
#include "platform/platform.h"

#include <assert.h>
#include <pthread.h>

#include "base/memory.h"

struct qa_mutex {
    const qa_allocator_t *allocator; /* borrowed */
    pthread_mutex_t mutex;
    pthread_cond_t condition;
};

struct qa_shared_lock {
    const qa_allocator_t *allocator; /* borrowed */
    pthread_rwlock_t lock;
};

/* The calls below fail only when a lock is used wrongly. */
static void must(int failure)
{
    assert(failure == 0);
    (void)failure;
}

qa_status_t qa_mutex_open(qa_mutex_t **mutex_out, const qa_allocator_t *allocator)
{
    *mutex_out = NULL;
    qa_mutex_t *mutex = qa_memory_take(allocator, sizeof(*mutex));
    if (mutex == NULL) return QA_NO_MEMORY;
    mutex->allocator = allocator;
    if (pthread_mutex_init(&mutex->mutex, NULL) != 0) {
        qa_memory_give(allocator, mutex, sizeof(*mutex));
        return QA_NO_MEMORY;
    }
    if (pthread_cond_init(&mutex->condition, NULL) != 0) {
        must(pthread_mutex_destroy(&mutex->mutex));
        qa_memory_give(allocator, mutex, sizeof(*mutex));
        return QA_NO_MEMORY;
    }
    *mutex_out = mutex;
    return QA_OK;
}

void qa_mutex_close(qa_mutex_t *mutex)
{
    if (mutex == NULL) return;
    must(pthread_cond_destroy(&mutex->condition));
    must(pthread_mutex_destroy(&mutex->mutex));
    qa_memory_give(mutex->allocator, mutex, sizeof(*mutex));
}

void qa_mutex_lock(qa_mutex_t *mutex)
{
    must(pthread_mutex_lock(&mutex->mutex));
}

void qa_mutex_unlock(qa_mutex_t *mutex)
{
    must(pthread_mutex_unlock(&mutex->mutex));
}

void qa_mutex_wait(qa_mutex_t *mutex)
{
    must(pthread_cond_wait(&mutex->condition, &mutex->mutex));
}

void qa_mutex_signal(qa_mutex_t *mutex)
{
    must(pthread_cond_broadcast(&mutex->condition));
}

qa_status_t qa_shared_lock_open(qa_shared_lock_t **lock_out, const qa_allocator_t *allocator)
{
    *lock_out = NULL;
    qa_shared_lock_t *lock = qa_memory_take(allocator, sizeof(*lock));
    if (lock == NULL) return QA_NO_MEMORY;
    lock->allocator = allocator;
    pthread_rwlockattr_t attributes;
    must(pthread_rwlockattr_init(&attributes));
#ifdef __GLIBC__
    /* Else a steady stream of readers keeps a writer waiting for ever. */
    must(pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP));
#endif
    const int failure = pthread_rwlock_init(&lock->lock, &attributes);
    must(pthread_rwlockattr_destroy(&attributes));
    if (failure != 0) {
        qa_memory_give(allocator, lock, sizeof(*lock));
        return QA_NO_MEMORY;
    }
    *lock_out = lock;
    return QA_OK;
}

void qa_shared_lock_close(qa_shared_lock_t *lock)
{
    if (lock == NULL) return;
    must(pthread_rwlock_destroy(&lock->lock));
    qa_memory_give(lock->allocator, lock, sizeof(*lock));
}

void qa_shared_lock_read(qa_shared_lock_t *lock)
{
    must(pthread_rwlock_rdlock(&lock->lock));
}

void qa_shared_lock_write(qa_shared_lock_t *lock)
{
    must(pthread_rwlock_wrlock(&lock->lock));
}

void qa_shared_lock_release(qa_shared_lock_t *lock)
{
    must(pthread_rwlock_unlock(&lock->lock));
}
