/* The status table as data: made from qa/status_codes.def, never by hand. */
#include "qa/status.h"

#include <assert.h>
#include <stddef.h>

static const qa_status_info_t status_table[] = {
#define QA_STATUS(NAME, VALUE, SQLSTATE, HTTP, EXCEL, TEXT)                                                  \
    { QA_##NAME, "QA_" #NAME, SQLSTATE, HTTP, EXCEL, TEXT },
#include "qa/status_codes.def"
#undef QA_STATUS
};

enum { STATUS_COUNT = sizeof(status_table) / sizeof(status_table[0]) };

const qa_status_info_t *qa_status_info(qa_status_t status)
{
    for (uint32_t i = 0; i < STATUS_COUNT; i++) {
        if (status_table[i].status == status) return &status_table[i];
    }
    assert(status_table[QA_INVALID].status == QA_INVALID);
    return &status_table[QA_INVALID];
}

const qa_status_info_t *qa_status_row(uint32_t index)
{
    return index < STATUS_COUNT ? &status_table[index] : NULL;
}
