/* SQLGetInfo: what the tables of parts/info.h say, in the width of its kind. It must never invent an answer.
 */
#include <stdint.h>
#include <string.h>

#include "edge/connection.h"
#include "parts/info.h"
#include "qa/text.h"

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

/* The bytes of the buffer that are used. For an application of narrow texts unixODBC 2.3 asks for a unit more
 * than the application has room for, and then writes its terminator behind the application's buffer if all of
 * it comes. So a text that is cut is cut one unit earlier: what is cut is of no use anyway, and nobody's
 * memory is written over. */
static SQLLEN room_for(const char *text, const void *value, SQLLEN capacity_bytes)
{
    enum { UNIT_BYTES = sizeof(SQLWCHAR) };
    const SQLLEN wanted_bytes = (SQLLEN)(qa_utf16_units(text, strlen(text)) + 1) * UNIT_BYTES;
    const bool is_cut = value != NULL && wanted_bytes > capacity_bytes;
    return is_cut && capacity_bytes >= 2 * UNIT_BYTES ? capacity_bytes - UNIT_BYTES : capacity_bytes;
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
    const SQLLEN room = room_for(info.text, value, capacity_bytes);
    const SQLRETURN result = qa_edge_put_bytes(diagnostics, info.text, value, room, &length);
    if (length_out != NULL) *length_out = qa_edge_small_length(length);
    return result;
}
