/* Rows of atoms and facts: one pass over the stored values. */
#include "base/error.h"
#include "catalog/catalog_private.h"
#include "qa/aggregate.h"

typedef struct atom_walk {
    source_t *source;
    bool is_facts;
    uint16_t value_dimension_count; /* of the coordinates that the store gives */
    net_weight_t *weights;          /* per account, of facts */
    uint32_t weight_count;
    qa_sql_value_t values[QA_DIMENSIONS_MAX + FIXED_VALUE_COLUMNS + 2];
} atom_walk_t;

/* --- facts --- */

/* The net weight of every account to the root above it. */
static qa_status_t weigh_accounts(atom_walk_t *walk)
{
    const source_t *source = walk->source;
    const qa_dimension_t measure = source->shape->measure;
    net_weight_t on_the_way[PLACE_DEPTH_MAX + 1];
    place_walk_t places;
    const qa_edge_t *edge = NULL;
    if (measure == QA_DIMENSIONS_MAX) return QA_OK;
    walk->weight_count = qa_model_dimension(source->model, measure)->member_count;
    walk->weights = qa_memory_take(source->allocator, walk->weight_count * sizeof(net_weight_t));
    if (walk->weights == NULL) return qa_fail_memory(source->error, "net weights");
    qa_sql_place_walk_start(&places, source->model, measure, QA_HIERARCHY_PRIMARY);
    while (qa_sql_place_walk_next(&places, &edge)) {
        const uint32_t depth = places.depth;
        on_the_way[depth] = depth == 1 ? (net_weight_t){ .units = 1, .is_known = true }
                                       : qa_sql_net_weight_step(on_the_way[depth - 1], edge);
        walk->weights[places.members[depth - 1]] = on_the_way[depth];
    }
    return QA_OK;
}

static qa_status_t put_fact(atom_walk_t *walk, const qa_atom_view_t *atom, uint32_t column)
{
    source_t *source = walk->source;
    const qa_dimension_t measure = source->shape->measure;
    net_weight_t weight = { .units = 1, .is_known = true };
    qa_value_t weighted;
    walk->values[column] = (qa_sql_value_t){ .kind = QA_SQL_NULL };
    if (!is_wanted(source, column)) return QA_OK;
    if (measure < walk->value_dimension_count) weight = walk->weights[atom->coordinate[measure]];
    if (!weight.is_known)
        return qa_fail(source->error, QA_LIMIT,
                       "the net weight of \"%s\" to its root needs more than %d decimals or 18 digits; use "
                       "shorter weights on the way to it",
                       qa_model_member(source->model, measure, atom->coordinate[measure])->code,
                       QA_NET_WEIGHT_DECIMALS_MAX);
    if (qa_value_net_weighted(&atom->value, weight.units, weight.decimals, &weighted) != QA_OK)
        return qa_fail(source->error, QA_OVERFLOW,
                       "a value of \"facts\" has more digits than the column holds");
    return qa_sql_source_number(source, &source->table->columns[column].type, &weighted,
                                &walk->values[column]);
}

/* --- rows --- */

/* The member of a dimension; of one that came behind the values, its first. */
static qa_member_t member_of(const atom_walk_t *walk, const qa_atom_view_t *atom, qa_dimension_t d)
{
    return d < walk->value_dimension_count ? atom->coordinate[d] : 0;
}

/* Atoms on a member that the structure (of another moment) does not have have no row. */
static bool is_shown(const atom_walk_t *walk, const qa_atom_view_t *atom)
{
    const source_t *source = walk->source;
    if (walk->is_facts && atom->value.kind != QA_KIND_DECIMAL && atom->value.kind != QA_KIND_DOUBLE)
        return false;
    for (qa_dimension_t d = 0; d < source->dimension_count; d++) {
        const qa_member_t member = member_of(walk, atom, d);
        if (member >= qa_model_dimension(source->model, d)->member_count ||
            qa_model_member(source->model, d, member)->is_deleted)
            return false;
        if (d >= walk->value_dimension_count && !is_selected(source, d, member)) return false;
    }
    return true;
}

static qa_status_t visit_atom(void *context, const qa_atom_view_t *atom)
{
    atom_walk_t *walk = context;
    source_t *source = walk->source;
    qa_sql_value_t *values = walk->values;
    if (!is_shown(walk, atom)) return qa_sql_source_tick(source);
    uint32_t column = 0;
    qa_status_t status = QA_OK;
    for (qa_dimension_t d = 0; d < source->dimension_count && status == QA_OK; d++, column++) {
        values[column] = (qa_sql_value_t){ .kind = QA_SQL_NULL };
        if (is_wanted(source, column))
            status = qa_sql_source_code(source, d, member_of(walk, atom, d), &values[column]);
    }
    if (status != QA_OK) return status;
    if (walk->is_facts) {
        status = put_fact(walk, atom, column++);
    } else {
        status = qa_sql_source_value(source, column, &atom->value, true, values);
        column += FIXED_VALUE_COLUMNS;
    }
    if (status != QA_OK) return status;
    values[column] = (qa_sql_value_t){ .kind = QA_SQL_NULL };
    values[column + 1] = values[column];
    if (is_wanted(source, column))
        status = qa_sql_source_changed_at(source, atom->changed_offset, &values[column]);
    if (is_wanted(source, column + 1))
        values[column + 1] =
            (qa_sql_value_t){ .kind = QA_SQL_BIGINT, .integer = (int64_t)atom->changed_offset };
    return status == QA_OK ? qa_sql_source_append(source, values) : status;
}

static qa_status_t read_atoms(source_t *source, bool is_facts)
{
    const qa_sql_source_request_t *request = source->request;
    qa_selection_t selection = { .size = sizeof(selection),
                                 .changed_after = request->changed_after,
                                 .is_cancelled = request->is_cancelled };
    atom_walk_t *walk = qa_memory_take(source->allocator, sizeof(*walk));
    if (walk == NULL) return qa_fail_memory(source->error, "rows");
    walk->source = source;
    walk->is_facts = is_facts;
    walk->value_dimension_count = source->moment->value_dimension_count != 0
                                      ? source->moment->value_dimension_count
                                      : source->dimension_count;
    for (qa_dimension_t d = 0; d < source->dimension_count && d < walk->value_dimension_count; d++) {
        selection.members[d] = request->selections[d];
        selection.member_count[d] = qa_model_dimension(source->model, d)->member_count;
    }
    qa_status_t status = is_facts ? weigh_accounts(walk) : QA_OK;
    if (status == QA_OK) {
        status = qa_connection_scan(source->moment->seen.connection, &selection, visit_atom, walk);
        if (status != QA_OK) status = qa_sql_source_fail(source, status);
    }
    qa_memory_give(source->allocator, walk->weights, walk->weight_count * sizeof(net_weight_t));
    qa_memory_give(source->allocator, walk, sizeof(*walk));
    return status;
}

qa_status_t qa_sql_source_atoms(source_t *source)
{
    return read_atoms(source, false);
}

qa_status_t qa_sql_source_facts(source_t *source)
{
    return read_atoms(source, true);
}
