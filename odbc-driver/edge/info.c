/* SQLGetInfo: what the tables of parts/info.h say, in the width of its kind. It must never invent an answer.
 */
#include <stdint.h>
#include <string.h>

#include "edge/connection.h"
#include "parts/info.h"

/* Numbers, little or wide; the length is told for them, too: some clients refuse an answer without one. */
static SQLRETURN put_number(const qa_odbc_info_t *info, SQLPOINTER value, SQLSMALLINT *length_out)
{
    const SQLUSMALLINT small = (SQLUSMALLINT)info->number;
    const SQLUINTEGER word = (SQLUINTEGER)info->number;
    const SQLULEN handle = (SQLULEN)info->number;
    const void *source = &handle;
    size_t bytes = sizeof(handle);
    if (info->kind == QA_ODBC_INFO_U16) {
        source = &small;
        bytes = sizeof(small);
    } else if (info->kind == QA_ODBC_INFO_U32) {
        source = &word;
        bytes = sizeof(word);
    }
    if (value != NULL) memcpy(value, source, bytes);
    if (length_out != NULL) *length_out = (SQLSMALLINT)bytes;
    return SQL_SUCCESS;
}

SQLRETURN qa_edge_get_info(qa_edge_connection_t *connection, SQLUSMALLINT type, SQLPOINTER value,
                           SQLSMALLINT capacity_bytes, SQLSMALLINT *length_out)
{
    qa_edge_diagnostics_t *const diagnostics = &connection->handle.diagnostics;
    const char *const data_source = connection->settings.values[QA_ODBC_KEY_DSN];
    const qa_odbc_info_source_t source = {
        .data_source = data_source,
        .replica = qa_sql_replica(connection->session),
        .app = qa_sql_app(connection->session),
        .user = qa_sql_actor(connection->session),
        .is_read_only = qa_sql_is_read_only(connection->session),
        .scratch = qa_arena_take(&connection->arguments, QA_ODBC_KEYWORDS_BYTES),
    };
    qa_odbc_info_t info;
    if (source.scratch == NULL) return qa_edge_refuse(diagnostics, "HY001", "no memory for the answer");
    if (!qa_odbc_info(type, &source, &info))
        return qa_edge_refuse(diagnostics, "HY096", "there is no information of type %u", type);
    if (info.kind != QA_ODBC_INFO_TEXT) return put_number(&info, value, length_out);
    SQLLEN length = 0;
    const SQLRETURN result = qa_edge_put_bytes(diagnostics, info.text, value, capacity_bytes, &length);
    if (length_out != NULL) *length_out = qa_edge_small_length(length);
    return result;
}
