/* Locks between threads exclude, wake and admit as their names say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>

#include "platform/platform.h"

enum { THREADS = 4, ROUNDS = 2000 };

typedef struct shared {
    qa_mutex_t *mutex;
    qa_shared_lock_t *lock;
    uint64_t count;
    uint64_t twin; /* always equal to count where nobody writes */
    int turn;
} shared_t;

static void *count_up(void *argument)
{
    shared_t *shared = argument;
    for (int i = 0; i < ROUNDS; i++) {
        qa_mutex_lock(shared->mutex);
        shared->count++;
        qa_mutex_unlock(shared->mutex);
    }
    return NULL;
}

static void a_mutex_lets_one_thread_in(void **state)
{
    shared_t shared = { .count = 0 };
    pthread_t threads[THREADS];
    (void)state;
    assert_int_equal(qa_mutex_open(&shared.mutex, &qa_allocator_default), QA_OK);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count_up, &shared), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(shared.count, THREADS * ROUNDS);
    qa_mutex_close(shared.mutex);
    qa_mutex_close(NULL);
}

static void *take_odd_turns(void *argument)
{
    shared_t *shared = argument;
    qa_mutex_lock(shared->mutex);
    for (int i = 0; i < ROUNDS; i++) {
        while (shared->turn % 2 == 0)
            qa_mutex_wait(shared->mutex);
        shared->turn++;
        qa_mutex_signal(shared->mutex);
    }
    qa_mutex_unlock(shared->mutex);
    return NULL;
}

static void a_signal_wakes_who_waits(void **state)
{
    shared_t shared = { .turn = 0 };
    pthread_t thread;
    (void)state;
    assert_int_equal(qa_mutex_open(&shared.mutex, &qa_allocator_default), QA_OK);
    assert_int_equal(pthread_create(&thread, NULL, take_odd_turns, &shared), 0);
    qa_mutex_lock(shared.mutex);
    for (int i = 0; i < ROUNDS; i++) {
        while (shared.turn % 2 == 1)
            qa_mutex_wait(shared.mutex);
        shared.turn++;
        qa_mutex_signal(shared.mutex);
    }
    qa_mutex_unlock(shared.mutex);
    pthread_join(thread, NULL);
    assert_int_equal(shared.turn, 2 * ROUNDS);
    qa_mutex_close(shared.mutex);
}

static void *read_twins(void *argument)
{
    shared_t *shared = argument;
    uint64_t different = 0;
    for (int i = 0; i < ROUNDS; i++) {
        qa_shared_lock_read(shared->lock);
        different += shared->count != shared->twin;
        qa_shared_lock_release(shared->lock);
    }
    return different == 0 ? NULL : argument;
}

static void readers_never_see_half_a_write(void **state)
{
    shared_t shared = { .count = 0 };
    pthread_t threads[THREADS];
    (void)state;
    assert_int_equal(qa_shared_lock_open(&shared.lock, &qa_allocator_default), QA_OK);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, read_twins, &shared), 0);
    for (int i = 0; i < ROUNDS; i++) {
        qa_shared_lock_write(shared.lock);
        shared.count++;
        shared.twin++;
        qa_shared_lock_release(shared.lock);
    }
    for (int i = 0; i < THREADS; i++) {
        void *fault = NULL;
        pthread_join(threads[i], &fault);
        assert_null(fault);
    }
    /* Two readers at once do not wait for each other. */
    qa_shared_lock_read(shared.lock);
    assert_int_equal(pthread_create(&threads[0], NULL, read_twins, &shared), 0);
    pthread_join(threads[0], NULL);
    qa_shared_lock_release(shared.lock);
    qa_shared_lock_close(shared.lock);
    qa_shared_lock_close(NULL);
}

static void *refuse(void *context, void *block, size_t old_bytes, size_t new_bytes)
{
    (void)context;
    (void)block;
    (void)old_bytes;
    (void)new_bytes;
    return NULL;
}

static void a_lock_without_memory_is_refused(void **state)
{
    const qa_allocator_t allocator = { refuse, NULL, NULL };
    qa_mutex_t *mutex;
    qa_shared_lock_t *lock;
    (void)state;
    assert_int_equal(qa_mutex_open(&mutex, &allocator), QA_NO_MEMORY);
    assert_null(mutex);
    assert_int_equal(qa_shared_lock_open(&lock, &allocator), QA_NO_MEMORY);
    assert_null(lock);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mutex_lets_one_thread_in),
        cmocka_unit_test(a_signal_wakes_who_waits),
        cmocka_unit_test(readers_never_see_half_a_write),
        cmocka_unit_test(a_lock_without_memory_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
