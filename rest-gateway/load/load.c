/* One load from beginning to end: open, read the rows, check, write, tell. What it must never do: write a
 * part. */
#include "load/load.h"

#include <errno.h>

#include "load/load_private.h"

static qa_status_t open_files(load_t *load)
{
    const uint32_t count = load->options->file_count;
    load->files = qa_load_arena_take(&load->arena, (count + 1) * sizeof(*load->files));
    if (load->files == NULL) return qa_load_fail_memory(load->error);
    for (uint32_t i = 0; i < count; i++) {
        const char *path = load->options->files[i];
        const char *slash = strrchr(path, '/');
        load->files[i].name = strcmp(path, "-") == 0 ? "(standard input)" : slash != NULL ? slash + 1 : path;
    }
    if (load->options->rejects_path == NULL) return QA_OK;
    const qa_status_t status =
        qa_load_output_open(&load->rejects_output, load->options->rejects_path, load->error);
    if (status != QA_OK) return status;
    load->rejects = load->rejects_output.stream;
    fputs("file,line,reason,text\r\n", load->rejects);
    return QA_OK;
}

/* Everything up to the writing, within one read section: the model must stay as it is while names are kept.
 */
static qa_status_t read_rows(load_t *load)
{
    const qa_load_map_t *map = load->map;
    const uint64_t rejects_max =
        load->options->has_rejects_max ? load->options->rejects_max : map->rejects_max;
    const qa_load_result_t *result = load->result;
    qa_status_t status = qa_connection_read_begin(load->connection);
    if (status != QA_OK)
        return qa_load_fail(load->error, status, "%s", qa_connection_error(load->connection)->message);
    load->model = qa_connection_model(load->connection);
    status = qa_load_dimensions_open(load);
    if (status == QA_OK) status = qa_load_slice_open(load);
    if (status == QA_OK) {
        qa_load_cells_make(&load->cells, load->allocator, load->dimension_count);
        status = qa_load_ledger_open(load);
    }
    if (status == QA_OK) status = qa_load_read_files(load);
    load->result->cell_count = load->cells.count;
    if (status == QA_OK && map->is_year_to_date) status = qa_load_year_to_date(load);
    if (status == QA_OK && result->rows_rejected > rejects_max) {
        status = qa_load_fail(load->error, QA_ROWS_REJECTED,
                              "%llu of %llu rows were rejected, %llu are allowed; nothing was written",
                              (unsigned long long)result->rows_rejected,
                              (unsigned long long)result->rows_read, (unsigned long long)rejects_max);
    }
    if (status == QA_OK) status = qa_load_check_totals(load);
    if (status == QA_OK) status = qa_load_ledger_finish(load);
    qa_connection_read_end(load->connection);
    return status;
}

qa_status_t qa_load_run(qa_connection_t *connection, const qa_load_options_t *options,
                        qa_load_result_t *result, qa_error_t *error)
{
    qa_error_t words = { .status = QA_OK };
    const qa_allocator_t *allocator = options->allocator != NULL ? options->allocator : &qa_allocator_default;
    memset(result, 0, sizeof(*result));
    result->allocator = allocator;
    if (error == NULL) error = &words;
    error->status = QA_OK;
    error->message[0] = '\0';
    load_t *load = allocator->resize(allocator->context, NULL, 0, sizeof(*load));
    if (load == NULL) return qa_load_fail_memory(error);
    memset(load, 0, sizeof(*load));
    load->options = options;
    load->map = options->map;
    load->allocator = allocator;
    load->connection = connection;
    load->error = error;
    load->result = result;
    qa_load_arena_make(&load->arena, allocator);
    qa_status_t status = open_files(load);
    if (status == QA_OK && load->map->is_members) {
        status = qa_load_run_members(load);
    } else if (status == QA_OK) {
        status = read_rows(load);
        /* A full disk must be known before the load is written, not behind it. */
        if (status == QA_OK && load->rejects != NULL && fflush(load->rejects) != 0) {
            status = qa_load_fail(error, QA_IO, "%s cannot be written: %s", options->rejects_path,
                                  strerror(errno));
        }
        if (status == QA_OK) status = qa_load_apply(load);
    }
    /* A load that read no row says nothing about rejects: an earlier file of them stays. */
    if (status == QA_OK) {
        status = qa_load_output_finish(&load->rejects_output, error);
    } else if (result->rows_read > 0) {
        (void)qa_load_output_finish(&load->rejects_output, NULL);
    } else {
        qa_load_output_cancel(&load->rejects_output);
    }
    qa_load_make_report(load, status);
    qa_load_ledger_close(load);
    qa_load_cells_release(&load->cells);
    qa_load_dimensions_close(load);
    qa_load_arena_release(&load->arena);
    allocator->release(allocator->context, load, sizeof(*load));
    return status;
}

void qa_load_result_close(qa_load_result_t *result)
{
    if (result->report != NULL) {
        result->allocator->release(result->allocator->context, result->report, result->report_bytes);
    }
    result->report = NULL;
}
