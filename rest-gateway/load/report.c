/* The report of a load as JSON: counts, what went where, whether it was written. What it must never do: leave
 * out that nothing was written. */
#include <cjson/cJSON.h>
#include <stdlib.h>

#include "load/load_private.h"

static cJSON *add_object(cJSON *parent, const char *name)
{
    cJSON *object = cJSON_CreateObject();
    if (object != NULL) cJSON_AddItemToObject(parent, name, object);
    return object;
}

static cJSON *add_array(cJSON *parent, const char *name)
{
    cJSON *array = cJSON_CreateArray();
    if (array != NULL) cJSON_AddItemToObject(parent, name, array);
    return array;
}

static cJSON *add_item(cJSON *array)
{
    cJSON *object = cJSON_CreateObject();
    if (object != NULL) cJSON_AddItemToArray(array, object);
    return object;
}

static void add_count(cJSON *object, const char *name, uint64_t count)
{
    cJSON_AddNumberToObject(object, name, (double)count);
}

static void add_files(const load_t *load, cJSON *root)
{
    cJSON *files = add_array(root, "files");
    for (uint32_t i = 0; i < load->options->file_count && load->files != NULL; i++) {
        static const char digits[] = "0123456789abcdef";
        char hex[65] = { 0 };
        for (uint32_t b = 0; b < 32; b++) {
            hex[2 * b] = digits[load->files[i].sha256[b] >> 4];
            hex[2 * b + 1] = digits[load->files[i].sha256[b] & 15];
        }
        cJSON *file = add_item(files);
        cJSON_AddStringToObject(file, "name", load->files[i].name != NULL ? load->files[i].name : "");
        cJSON_AddStringToObject(file, "sha256", hex);
        add_count(file, "lines", load->files[i].line_count);
        add_count(file, "rows", load->files[i].row_count);
    }
}

static void add_suspense(const load_t *load, cJSON *root)
{
    cJSON *list = add_array(root, "suspense");
    for (uint32_t i = 0; i < load->resolved_count; i++) {
        const resolved_t *resolved = &load->resolved[i];
        if (!resolved->is_suspense || resolved->row_count == 0) continue;
        cJSON *item = add_item(list);
        cJSON_AddStringToObject(item, "name", resolved->name);
        add_count(item, "rows", resolved->row_count);
    }
}

static void add_created(const load_t *load, cJSON *root)
{
    cJSON *list = add_array(root, "members_created");
    for (uint32_t i = 0; i < load->created_count; i++) {
        cJSON *item = add_item(list);
        cJSON_AddStringToObject(item, "dimension", load->dimensions[load->created[i].dimension].name);
        cJSON_AddStringToObject(item, "member", load->created[i].code);
    }
}

static void add_rejects(const load_t *load, cJSON *root)
{
    cJSON *list = add_array(root, "first_rejects");
    for (uint32_t i = 0; i < load->shown_count; i++) {
        cJSON *item = add_item(list);
        cJSON_AddStringToObject(item, "file", load->shown[i].file);
        add_count(item, "line", load->shown[i].line);
        cJSON_AddStringToObject(item, "reason", load->shown[i].reason);
    }
}

static void add_totals(const load_t *load, cJSON *root)
{
    cJSON *list = add_array(root, "control_totals");
    for (uint32_t i = 0; i < load->options->expect_count && load->totals != NULL; i++) {
        const control_total_t *total = &load->totals[i];
        char actual[QA_DECIMAL_TEXT_BYTES + 1] = { 0 };
        memcpy(actual, total->actual, total->actual_bytes);
        cJSON *item = add_item(list);
        cJSON_AddStringToObject(item, "expected", total->text);
        cJSON_AddStringToObject(item, "actual", actual);
        cJSON_AddBoolToObject(item, "ties", total->is_tied);
    }
}

void qa_load_make_report(load_t *load, qa_status_t status)
{
    qa_load_result_t *result = load->result;
    cJSON *root = cJSON_CreateObject();
    if (root == NULL) return;
    cJSON_AddBoolToObject(root, "written", result->is_written);
    cJSON_AddBoolToObject(root, "dry_run", load->options->is_dry_run);
    cJSON_AddStringToObject(root, "status", qa_status_info(status)->name);
    cJSON_AddStringToObject(root, "message", status == QA_OK ? "" : load->error->message);
    add_count(root, "offset", result->is_written ? result->receipt.offset : 0);
    cJSON_AddStringToObject(root, "map", load->options->map_name);
    add_files(load, root);
    cJSON *rows = add_object(root, "rows");
    add_count(rows, "read", result->rows_read);
    add_count(rows, "loaded", result->rows_loaded);
    add_count(rows, "suspense", result->rows_suspense);
    add_count(rows, "missing", result->rows_missing);
    add_count(rows, "rejected", result->rows_rejected);
    add_count(rows, "rounded", result->rounded_count);
    cJSON *atoms = add_object(root, "atoms");
    add_count(atoms, "named", result->cell_count);
    add_count(atoms, "created", result->created_count);
    add_count(atoms, "changed", result->changed_count);
    add_count(atoms, "cleared", result->cleared_count);
    add_count(atoms, "unchanged", result->unchanged_count);
    cJSON *members = add_object(root, "members");
    add_count(members, "created", result->members_created);
    add_count(members, "changed", result->members_changed);
    add_count(root, "same_lines_as", load->same_lines_as);
    add_totals(load, root);
    add_suspense(load, root);
    add_created(load, root);
    add_rejects(load, root);
    char *text = cJSON_Print(root);
    cJSON_Delete(root);
    if (text == NULL) return;
    const size_t bytes = strlen(text) + 1;
    result->report = load->allocator->resize(load->allocator->context, NULL, 0, bytes);
    if (result->report != NULL) {
        memcpy(result->report, text, bytes);
        result->report_bytes = bytes;
    }
    cJSON_free(text);
}
