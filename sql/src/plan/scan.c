/* Rows of one relation for the row engine, filtered as far as its block allows. It must never filter more
 * than the block does, except that a dimension of cells which nothing names stands at its default member. */
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "base/flag.h"
#include "plan/select.h"

int64_t qa_sql_monotonic_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

qa_status_t qa_sql_run_check(const qa_sql_run_t *run)
{
    if (qa_flag_is_raised(run->is_cancelled))
        return qa_fail(run->error, QA_CANCELLED, "the statement was cancelled");
    if (run->deadline_ns != NULL && *run->deadline_ns != 0 && qa_sql_monotonic_ns() > *run->deadline_ns)
        return qa_fail(run->error, QA_TIMED_OUT, "the statement took longer than its time-out allows");
    return QA_OK;
}

qa_status_t qa_sql_run_moment(const qa_sql_run_t *run, const qa_sql_relation_t *relation,
                              qa_sql_moment_t **moment_out)
{
    qa_sql_value_t as_of;
    *moment_out = NULL;
    if (relation->as_of == NULL)
        return qa_sql_catalog_moment(run->catalog, relation->app, strlen(relation->app), NULL, moment_out,
                                     run->error);
    const qa_sql_environment_t environment = {
        .parameters = run->parameters, .arena = run->arena, .context = run->context, .error = run->error
    };
    const qa_status_t status = qa_sql_evaluate(relation->as_of, &environment, &as_of);
    if (status != QA_OK) return status;
    if (as_of.kind == QA_SQL_NULL)
        return qa_fail(run->error, QA_INVALID, "FOR SYSTEM_TIME AS OF needs an offset or a time, not NULL");
    return qa_sql_catalog_moment(run->catalog, relation->app, strlen(relation->app), &as_of, moment_out,
                                 run->error);
}

static bool take_prefetched(const qa_sql_run_t *run, const qa_sql_relation_t *relation,
                            qa_sql_table_t *rows_out)
{
    for (uint16_t p = 0; p < run->prefetched_count; p++) {
        qa_sql_prefetched_t *prefetched = &run->prefetched[p];
        if (prefetched->relation != relation->id || prefetched->is_taken) continue;
        *rows_out = prefetched->rows;
        prefetched->rows = (qa_sql_table_t){ 0 };
        prefetched->is_taken = true;
        return true;
    }
    return false;
}

static qa_status_t make_selection(const qa_sql_run_t *run, const qa_sql_relation_t *relation,
                                  const qa_sql_block_t *block, qa_sql_moment_t *moment,
                                  selection_t *selection_out)
{
    conjunct_list_t list;
    fact_view_t view = { .fact = relation };
    const qa_sql_relation_t *relations[PLAN_RELATIONS_MAX];
    uint32_t relation_count = 0;
    /* Of cells, the selection is what is meant by the statement. */
    member_cache_t cache = { .run = run,
                             .moment = moment,
                             .is_lenient = relation->table->kind != QA_SQL_CELLS };
    *selection_out = (selection_t){ 0 };
    if (relation->table->kind == QA_SQL_DIMENSION || relation->table->kind == QA_SQL_ROLLUP) return QA_OK;
    if (!block_relations(block->from, relations, &relation_count)) return QA_OK; /* no help: all rows */
    if (!conjuncts_of(block, relation, run->arena, &list)) return qa_fail_memory(run->error, "a plan");
    conjuncts_classify(&list, relations, relation_count, &view);
    qa_status_t status = selection_make(&cache, &view, &list, selection_out);
    if (status == QA_OK)
        status = selection_follow(&cache, &view, &list, relations, relation_count, selection_out);
    member_cache_release(&cache);
    return status;
}

qa_status_t qa_sql_scan(const qa_sql_run_t *run, const qa_sql_relation_t *relation,
                        const qa_sql_block_t *block, const uint8_t *is_wanted, qa_sql_table_t *rows_out)
{
    selection_t selection;
    qa_sql_moment_t *moment = NULL;
    *rows_out = (qa_sql_table_t){ 0 };
    if (take_prefetched(run, relation, rows_out)) {
        run->path->scanned_count += rows_out->row_count;
        return QA_OK;
    }
    qa_status_t status = qa_sql_run_moment(run, relation, &moment);
    if (status != QA_OK) return status;
    const bool is_section_own = qa_sql_table_is_of_log(relation->table) && !moment->is_reading;
    if (is_section_own) status = qa_sql_moment_read_begin(moment, NULL, run->error);
    if (status != QA_OK) return status;
    status = make_selection(run, relation, block, moment, &selection);
    if (is_section_own) qa_sql_moment_read_end(moment);
    if (status != QA_OK) return status;
    if (selection.is_empty) {
        status = qa_sql_table_make(rows_out, run->allocator, relation->column_types, relation->column_count);
        return status == QA_OK ? QA_OK : qa_fail_memory(run->error, "rows");
    }
    qa_sql_source_request_t request = { .table = relation->table,
                                        .changed_after = selection.changed_after,
                                        .is_wanted = is_wanted,
                                        .is_cancelled = run->is_cancelled,
                                        .is_with_empty = block->is_with_empty };
    for (uint32_t d = 0; d < QA_DIMENSIONS_MAX; d++)
        request.selections[d] = selection.bits[d];
    status = qa_sql_source_rows(moment, &request, true, run->allocator, rows_out, run->error);
    if (status != QA_OK) return status;
    run->path->scanned_count += rows_out->row_count;
    /* Reading looks at the cancel flag only: the time that it took is looked at here. */
    status = qa_sql_run_check(run);
    if (status != QA_OK) qa_sql_table_release(rows_out);
    return status;
}
