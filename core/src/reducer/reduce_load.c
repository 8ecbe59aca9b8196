/* The operation that describes a load: its slice is checked against later changes, and it becomes a fact. */
#include <string.h>

#include "base/error.h"
#include "qa/text.h"
#include "reducer/load_facts.h"
#include "reducer/reduction.h"

enum { FILES_MAX = 10000 };

static bool read_slice(qa_reader_t *reader, qa_arena_t *arena, qa_load_t *load)
{
    uint32_t *counts = qa_arena_take(arena, (load->dimension_count + 1u) * sizeof(*counts));
    uint32_t capacity = 0;
    uint32_t total = 0;
    qa_member_t *members = NULL;
    for (uint16_t d = 0; d < load->dimension_count && counts != NULL && !reader->is_bad; d++) {
        counts[d] = qa_read_bounded(reader, QA_MEMBERS_MAX);
        if (counts[d] > qa_reader_left(reader)) reader->is_bad = true;
        if (reader->is_bad) break;
        if (total + counts[d] > capacity || members == NULL) {
            capacity = (total + counts[d]) * 2 + 16;
            qa_member_t *grown = qa_arena_take(arena, capacity * sizeof(*grown));
            if (grown == NULL) return false;
            if (total > 0) memcpy(grown, members, total * sizeof(*grown));
            members = grown;
        }
        for (uint32_t i = 0; i < counts[d]; i++) {
            const uint64_t reference = qa_read_varint(reader);
            if (reference >> 2 > QA_MEMBERS_MAX || (reference & 3u) > 1) reader->is_bad = true;
            members[total++] = (qa_member_t)(reference >> 2) | ((reference & 3u) == 1 ? QA_NEW : 0);
        }
    }
    load->slice_counts = counts;
    load->slice_members = members;
    return counts != NULL;
}

qa_status_t qa_load_read(qa_reader_t *reader, qa_arena_t *arena, qa_load_t *load_out)
{
    memset(load_out, 0, sizeof(*load_out));
    load_out->file_count = qa_read_bounded(reader, FILES_MAX);
    if (load_out->file_count > qa_reader_left(reader)) return QA_CORRUPT;
    qa_load_file_t *files = qa_arena_take(arena, (load_out->file_count + 1u) * sizeof(*files));
    if (files == NULL) return QA_NO_MEMORY;
    for (uint32_t i = 0; i < load_out->file_count && !reader->is_bad; i++) {
        files[i].name = qa_read_text(reader, &files[i].name_bytes);
        if (!qa_utf8_is_valid(files[i].name, files[i].name_bytes)) reader->is_bad = true;
        const uint8_t *sha256 = qa_read_bytes(reader, sizeof(files[i].sha256));
        if (sha256 != NULL) memcpy(files[i].sha256, sha256, sizeof(files[i].sha256));
        files[i].line_count = qa_read_varint(reader);
    }
    load_out->files = files;
    load_out->has_slice = qa_read_u8(reader) == 1;
    load_out->dimension_count = (uint16_t)qa_read_bounded(reader, QA_DIMENSIONS_MAX);
    if (!reader->is_bad && !read_slice(reader, arena, load_out)) return QA_NO_MEMORY;
    load_out->same_lines_as = qa_read_varint(reader);
    load_out->created_count = qa_read_bounded(reader, UINT32_MAX);
    if (load_out->created_count > qa_reader_left(reader)) reader->is_bad = true;
    if (reader->is_bad) return QA_CORRUPT;
    qa_member_t *created = qa_arena_take(arena, (load_out->created_count + 1u) * sizeof(*created));
    if (created == NULL) return QA_NO_MEMORY;
    for (uint32_t i = 0; i < load_out->created_count; i++)
        created[i] = qa_read_bounded(reader, QA_MEMBERS_MAX);
    load_out->created_ids = created;
    return reader->is_bad ? QA_CORRUPT : QA_OK;
}

/* Ids instead of references. */
static qa_status_t resolve_slice(qa_reduction_t *reduction, qa_load_t *load)
{
    if (!load->has_slice) return QA_OK;
    if (load->dimension_count != qa_store_dimension_count(reduction->state->store))
        return qa_fail(reduction->error, QA_INVALID, "the slice of a load has %u dimensions",
                       load->dimension_count);
    qa_member_t *member = (qa_member_t *)(uintptr_t)load->slice_members;
    for (qa_dimension_t d = 0; d < load->dimension_count; d++) {
        for (uint32_t i = 0; i < load->slice_counts[d]; i++, member++) {
            const qa_status_t status = qa_reduction_resolve(reduction, d, *member, member);
            if (status != QA_OK) return status;
        }
    }
    return QA_OK;
}

/* The slice as one byte per member of each dimension that it restricts. */
typedef struct slice_marks {
    const uint8_t *marks[QA_DIMENSIONS_MAX]; /* NULL: the whole dimension */
    uint16_t dimension_count;
} slice_marks_t;

static qa_status_t mark_slice(qa_reduction_t *reduction, const qa_load_t *load, slice_marks_t *slice)
{
    const qa_member_t *member = load->slice_members;
    memset(slice, 0, sizeof(*slice));
    slice->dimension_count = load->dimension_count;
    for (qa_dimension_t d = 0; d < load->dimension_count; d++) {
        if (load->slice_counts[d] == 0) continue;
        uint8_t *marks = qa_arena_take(&reduction->delta->arena,
                                       qa_model_dimension(reduction->state->model, d)->member_count);
        if (marks == NULL) return qa_fail_memory(reduction->error, "a load");
        for (uint32_t i = 0; i < load->slice_counts[d]; i++)
            marks[*member++] = 1;
        slice->marks[d] = marks;
    }
    return QA_OK;
}

static bool is_in_slice(const slice_marks_t *slice, const qa_member_t *coordinate)
{
    for (uint16_t d = 0; d < slice->dimension_count; d++) {
        if (slice->marks[d] != NULL && slice->marks[d][coordinate[d]] == 0) return false;
    }
    return true;
}

static qa_status_t fail_expected(qa_reduction_t *reduction, uint64_t changed_offset, uint64_t expect_offset)
{
    return qa_fail(reduction->error, QA_CONFLICT,
                   "a cell of the load changed at offset %llu, the load has seen %llu; load again",
                   (unsigned long long)changed_offset, (unsigned long long)expect_offset);
}

/* What this intent itself has changed so far: the offset before counts. */
static qa_status_t check_own(qa_reduction_t *reduction, uint64_t expect_offset)
{
    const qa_delta_t *delta = reduction->delta;
    for (uint32_t i = 0; i < delta->entry_count; i++) {
        const qa_delta_entry_t *entry = &delta->entries[i];
        for (uint32_t a = 0; entry->kind == QA_DELTA_ATOMS && a < entry->atom_count; a++) {
            const uint64_t offset = entry->before_atoms[a].changed_offset;
            if (offset > expect_offset && offset != reduction->offset)
                return fail_expected(reduction, offset, expect_offset);
        }
    }
    return QA_OK;
}

qa_status_t qa_reduce_check_load(qa_reduction_t *reduction)
{
    const qa_store_t *store = reduction->state->store;
    const qa_load_t *load = reduction->load;
    const uint64_t expect_offset = reduction->expect_offset;
    slice_marks_t slice;
    if (expect_offset == 0 || expect_offset >= reduction->state->offset) return QA_OK;
    qa_status_t status = check_own(reduction, expect_offset);
    if (status != QA_OK || !load->has_slice) return status;
    status = mark_slice(reduction, load, &slice);
    const uint32_t row_count = status == QA_OK ? qa_store_row_count(store) : 0;
    for (uint32_t row = 0; row < row_count; row++) {
        const qa_member_t *coordinate;
        qa_atom_t atom;
        if (!qa_store_row(store, row, &coordinate, &atom) || atom.changed_offset <= expect_offset ||
            atom.changed_offset == reduction->offset || !is_in_slice(&slice, coordinate))
            continue;
        return fail_expected(reduction, atom.changed_offset, expect_offset);
    }
    return status;
}

qa_status_t qa_reduce_load(qa_reduction_t *reduction, qa_reader_t *payload)
{
    qa_load_t load;
    qa_buffer_t value;
    const uint64_t expect_offset = qa_read_varint(payload);
    qa_status_t status = qa_load_read(payload, &reduction->delta->arena, &load);
    if (status == QA_CORRUPT) return qa_reduction_malformed(reduction, QA_OPERATION_LOAD);
    if (status != QA_OK) return qa_fail_memory(reduction->error, "a load");
    status = resolve_slice(reduction, &load);
    if (status != QA_OK) return status;
    qa_load_t *kept = qa_arena_take(&reduction->delta->arena, sizeof(*kept));
    if (kept == NULL) return qa_fail_memory(reduction->error, "a load");
    *kept = load;
    reduction->load = kept;
    reduction->expect_offset = expect_offset;
    qa_member_t *created =
        qa_arena_take(&reduction->delta->arena, (reduction->member_count + 1u) * sizeof(*created));
    if (created == NULL) return qa_fail_memory(reduction->error, "a load");
    for (uint32_t i = 0; i < reduction->member_count; i++)
        created[i] = reduction->members[i].member;
    qa_buffer_make(&value, reduction->state->allocator, 64 << 20);
    status = qa_record_write_load(&value, &load, created, reduction->member_count);
    if (status != QA_OK)
        qa_fail(reduction->error, status, "the description of a load is too large");
    else
        status = qa_reduction_fact(reduction,
                                   (qa_fact_key_t){ .table = QA_FACT_LOAD,
                                                    .member = (uint32_t)reduction->offset,
                                                    .other = (uint32_t)(reduction->offset >> 32) },
                                   value.data, value.bytes);
    qa_buffer_release(&value);
    return status;
}
