/* Which handles live. A handle that an application holds is the address of a slot; slots are never given back
 * to the system while the library is loaded, so that a freed or foreign handle is recognised without reading
 * memory that is not ours. This is the only state of the library outside of handles. Finding takes no lock.
 */
#ifndef QA_EDGE_REGISTRY_H
#define QA_EDGE_REGISTRY_H

#include <sql.h>
#include <sqlext.h>
#include <stdbool.h>

#include "qa/allocator.h"

typedef struct qa_edge_slot qa_edge_slot_t;

/* A new slot that stands for `object`; NULL: no memory. */
qa_edge_slot_t *qa_edge_register(SQLSMALLINT kind, void *object);
/* The handle is dead from here on. Accepts NULL. */
void qa_edge_unregister(qa_edge_slot_t *slot);
/* The object of a live handle of this kind (SQL_HANDLE_ENV, …), else NULL. */
void *qa_edge_find(SQLHANDLE handle, SQLSMALLINT kind);

#endif
