/* Flags that one thread raises while another looks now and then. They order nothing: what they say is seen
 * soon, not at once. */
#ifndef QA_BASE_FLAG_H
#define QA_BASE_FLAG_H

#include <stdbool.h>
#include <stddef.h>

/* NULL is a flag that nobody raises. */
static inline bool qa_flag_is_raised(const volatile bool *flag)
{
    return flag != NULL && __atomic_load_n(flag, __ATOMIC_RELAXED);
}

static inline void qa_flag_set(volatile bool *flag, bool is_raised)
{
    __atomic_store_n(flag, is_raised, __ATOMIC_RELAXED);
}

#endif
