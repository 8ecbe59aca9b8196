/* Writes a model as JSON (docs/reference/model-file.md) or as text. Only what differs from the defaults is
 * written, so that the file stays readable; applied with --prune it gives the same model, applied to nothing
 * too. Recursion is as deep as a hierarchy: at most QA_LEVELS_MAX below a root. */
#include "model/model_show.h"

#include <stdlib.h>
#include <string.h>

#include "model/model_file.h"
#include "qa/limits.h"
#include "qa/number.h"

typedef struct shower {
    const qa_model_t *model;
    FILE *stream;
    qa_dimension_t dimension;
    qa_hierarchy_t hierarchy;
    bool *is_written; /* per member: its children stand in this hierarchy's text already */
} shower_t;

static void write_text(FILE *stream, const char *text, size_t bytes)
{
    putc('"', stream);
    for (size_t i = 0; i < bytes; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == '"' || c == '\\') {
            fprintf(stream, "\\%c", c);
        } else if (c < 0x20) {
            fprintf(stream, "\\u%04x", c);
        } else {
            putc(c, stream);
        }
    }
    putc('"', stream);
}

static void write_indent(FILE *stream, uint32_t depth)
{
    for (uint32_t i = 0; i < depth; i++) {
        fputs("  ", stream);
    }
}

static void write_key(const shower_t *shower, const char *key, const char *text)
{
    fprintf(shower->stream, ", \"%s\": ", key);
    write_text(shower->stream, text, strlen(text));
}

static void write_edge(const shower_t *shower, const qa_edge_t *edge)
{
    char number[QA_DECIMAL_TEXT_BYTES];
    const char operator_text[2] = { (char)edge->operator_code, 0 };
    bool is_subtracted = edge->operator_code == QA_OPERATOR_SUBTRACT;
    if (edge->parent == QA_MEMBER_NONE) return;
    if (edge->operator_code != QA_OPERATOR_ADD) write_key(shower, "operator", operator_text);
    if (edge->operator_code == QA_OPERATOR_NONE || edge->operator_code == QA_OPERATOR_NEVER) return;
    int64_t weight = is_subtracted ? -edge->weight : edge->weight;
    if (weight == 1 && edge->weight_decimals == 0) return;
    number[qa_decimal_print(weight, edge->weight_decimals, number)] = 0;
    write_key(shower, "weight", number);
}

static void write_account(const shower_t *shower, const qa_account_t *account)
{
    uint8_t decimals = qa_model_app(shower->model)->decimals;
    if (account->kind != QA_KIND_DECIMAL) write_key(shower, "kind", qa_model_word_of_kind(account->kind));
    if (account->kind == QA_KIND_DECIMAL && account->decimals != decimals) {
        fprintf(shower->stream, ", \"decimals\": %u", account->decimals);
    }
    if (account->time_balance != QA_BALANCE_FLOW) {
        write_key(shower, "time_balance", qa_model_word_of_balance(account->time_balance));
    }
    if (account->skip != QA_SKIP_MISSING) write_key(shower, "skip", qa_model_word_of_skip(account->skip));
    if (account->sense != QA_SENSE_INCOME) write_key(shower, "sense", qa_model_word_of_sense(account->sense));
}

static void write_names(const shower_t *shower, qa_member_t member, const qa_member_info_t *info)
{
    uint32_t bytes = 0;
    uint32_t value_bytes = 0;
    const char *value = NULL;
    if (info->caption_bytes > 0) write_key(shower, "caption", info->caption);
    for (uint16_t i = 0; i < info->alias_count; i++) {
        const char *alias = qa_model_alias(shower->model, shower->dimension, member, i, &bytes);
        fputs(i == 0 ? ", \"aliases\": [" : ", ", shower->stream);
        write_text(shower->stream, alias, bytes);
    }
    if (info->alias_count > 0) putc(']', shower->stream);
    for (uint16_t i = 0; i < info->attribute_count; i++) {
        const char *name =
            qa_model_attribute(shower->model, shower->dimension, member, i, &bytes, &value, &value_bytes);
        fputs(i == 0 ? ", \"attributes\": {" : ", ", shower->stream);
        write_text(shower->stream, name, bytes);
        fputs(": ", shower->stream);
        write_text(shower->stream, value, value_bytes);
    }
    if (info->attribute_count > 0) putc('}', shower->stream);
}

/* What the member says about itself: in the primary, and for a group where it stands first. */
static void write_properties(const shower_t *shower, qa_member_t member)
{
    const qa_member_info_t *info = qa_model_member(shower->model, shower->dimension, member);
    const qa_dimension_info_t *dimension = qa_model_dimension(shower->model, shower->dimension);
    char day[QA_DATE_TEXT_BYTES];
    if (info->is_in_primary != (shower->hierarchy == QA_HIERARCHY_PRIMARY)) return;
    write_names(shower, member, info);
    if (info->has_days) {
        day[qa_date_print(info->first_day, day)] = 0;
        write_key(shower, "first_day", day);
        day[qa_date_print(info->last_day, day)] = 0;
        write_key(shower, "last_day", day);
    }
    if (dimension->kind == QA_DIMENSION_MEASURE && info->is_in_primary) write_account(shower, &info->account);
}

/* True if the code says all there is to say. */
static bool is_plain(const shower_t *shower, const qa_edge_t *edge, uint32_t child_count)
{
    const qa_member_info_t *info = qa_model_member(shower->model, shower->dimension, edge->child);
    const qa_account_t *account = &info->account;
    bool is_edge_plain = edge->parent == QA_MEMBER_NONE || (edge->operator_code == QA_OPERATOR_ADD &&
                                                            edge->weight == 1 && edge->weight_decimals == 0);
    if (child_count > 0 || !is_edge_plain) return false;
    if (info->is_in_primary && shower->hierarchy != QA_HIERARCHY_PRIMARY) return true;
    if (info->caption_bytes > 0 || info->alias_count > 0 || info->attribute_count > 0 || info->has_days)
        return false;
    return qa_model_dimension(shower->model, shower->dimension)->kind != QA_DIMENSION_MEASURE ||
           (account->kind == QA_KIND_DECIMAL && account->decimals == qa_model_app(shower->model)->decimals &&
            account->time_balance == QA_BALANCE_FLOW && account->skip == QA_SKIP_MISSING &&
            account->sense == QA_SENSE_INCOME);
}

static void write_members(const shower_t *shower, qa_member_t parent, uint32_t depth)
{
    uint32_t count = 0;
    const qa_edge_t *edges =
        qa_model_children(shower->model, shower->dimension, shower->hierarchy, parent, &count);
    fputs("[", shower->stream);
    for (uint32_t i = 0; i < count; i++) {
        const qa_member_info_t *info = qa_model_member(shower->model, shower->dimension, edges[i].child);
        uint32_t child_count = 0;
        qa_model_children(shower->model, shower->dimension, shower->hierarchy, edges[i].child, &child_count);
        bool is_repeated = shower->is_written[edges[i].child];
        fputs(i == 0 ? "\n" : ",\n", shower->stream);
        write_indent(shower->stream, depth);
        if (is_plain(shower, &edges[i], is_repeated ? 0 : child_count)) {
            write_text(shower->stream, info->code, info->code_bytes);
            continue;
        }
        fputs("{ \"code\": ", shower->stream);
        write_text(shower->stream, info->code, info->code_bytes);
        write_edge(shower, &edges[i]);
        if (!is_repeated) write_properties(shower, edges[i].child);
        if (child_count > 0 && !is_repeated) {
            shower->is_written[edges[i].child] = true;
            fputs(", \"children\": ", shower->stream);
            write_members(shower, edges[i].child, depth + 1);
        }
        fputs(" }", shower->stream);
    }
    fputs(count == 0 ? "]" : " ]", shower->stream);
}

static qa_status_t write_hierarchy(shower_t *shower, qa_hierarchy_t hierarchy, uint32_t depth)
{
    size_t count = (size_t)qa_model_dimension(shower->model, shower->dimension)->member_count + 1;
    shower->is_written = calloc(count, sizeof(bool));
    if (shower->is_written == NULL) return QA_NO_MEMORY;
    shower->hierarchy = hierarchy;
    write_members(shower, QA_MEMBER_NONE, depth);
    free(shower->is_written);
    return QA_OK;
}

static void write_dimension_head(const shower_t *shower, const qa_dimension_info_t *info)
{
    fputs("    { \"name\": ", shower->stream);
    write_text(shower->stream, info->name, info->name_bytes);
    if (info->kind != QA_DIMENSION_ORDINARY)
        write_key(shower, "kind", qa_model_word_of_dimension_kind(info->kind));
    if (info->default_member != QA_MEMBER_NONE) {
        write_key(shower, "default",
                  qa_model_member(shower->model, shower->dimension, info->default_member)->code);
    }
    if (info->calendar.start_month != 0) {
        fprintf(shower->stream, ",\n      \"calendar\": { \"start_month\": %u, \"periods\": \"%s\" }",
                info->calendar.start_month, qa_model_word_of_calendar(info->calendar.periods));
    }
}

static qa_status_t write_dimension(shower_t *shower)
{
    const qa_dimension_info_t *info = qa_model_dimension(shower->model, shower->dimension);
    bool is_first = true;
    write_dimension_head(shower, info);
    fputs(",\n      \"members\": ", shower->stream);
    qa_status_t status = write_hierarchy(shower, QA_HIERARCHY_PRIMARY, 4);
    for (qa_hierarchy_t h = 1; h < info->hierarchy_count && status == QA_OK; h++) {
        const qa_hierarchy_info_t *hierarchy = qa_model_hierarchy(shower->model, shower->dimension, h);
        if (hierarchy->is_deleted) continue;
        fputs(is_first ? ",\n      \"hierarchies\": [\n        { \"name\": " : ",\n        { \"name\": ",
              shower->stream);
        write_text(shower->stream, hierarchy->name, hierarchy->name_bytes);
        fputs(", \"members\": ", shower->stream);
        status = write_hierarchy(shower, h, 5);
        fputs(" }", shower->stream);
        is_first = false;
    }
    fputs(is_first ? " }" : " ] }", shower->stream);
    return status;
}

qa_status_t qa_model_show_json(const qa_model_t *model, const char *app, FILE *stream)
{
    const qa_app_info_t *info = qa_model_app(model);
    uint16_t count = qa_model_dimension_count(model);
    shower_t shower = { .model = model, .stream = stream };
    qa_status_t status = QA_OK;
    fprintf(stream, "{ \"app\": \"%s\"", app);
    if (info->title[0] != 0) write_key(&shower, "title", info->title);
    if (info->decimals != 2) fprintf(stream, ", \"decimals\": %u", info->decimals);
    if (info->is_zero_missing) fputs(", \"zero_is_missing\": true", stream);
    fputs(",\n  \"dimensions\": [", stream);
    for (uint16_t d = 0; d < count && status == QA_OK; d++) {
        fputs(d == 0 ? "\n" : ",\n", stream);
        shower.dimension = d;
        status = write_dimension(&shower);
    }
    fputs(" ] }\n", stream);
    return status;
}

/* --- for people --- */

static void show_account(const shower_t *shower, const qa_account_t *account)
{
    uint8_t decimals = qa_model_app(shower->model)->decimals;
    if (account->kind != QA_KIND_DECIMAL)
        fprintf(shower->stream, "  %s", qa_model_word_of_kind(account->kind));
    if (account->kind == QA_KIND_DECIMAL && account->decimals != decimals) {
        fprintf(shower->stream, "  %u decimals", account->decimals);
    }
    if (account->time_balance != QA_BALANCE_FLOW) {
        fprintf(shower->stream, "  %s", qa_model_word_of_balance(account->time_balance));
    }
    if (account->sense == QA_SENSE_EXPENSE) fputs("  expense", shower->stream);
}

static void show_members(const shower_t *shower, qa_member_t parent, uint32_t depth)
{
    uint32_t count = 0;
    const qa_edge_t *edges =
        qa_model_children(shower->model, shower->dimension, shower->hierarchy, parent, &count);
    for (uint32_t i = 0; i < count; i++) {
        const qa_edge_t *edge = &edges[i];
        const qa_member_info_t *info = qa_model_member(shower->model, shower->dimension, edge->child);
        char number[QA_DECIMAL_TEXT_BYTES];
        bool is_root = parent == QA_MEMBER_NONE;
        write_indent(shower->stream, depth);
        fprintf(shower->stream, "%c %s",
                is_root || edge->operator_code == QA_OPERATOR_ADD ? ' ' : edge->operator_code, info->code);
        if (info->caption_bytes > 0) fprintf(shower->stream, "  “%s”", info->caption);
        if (!is_root && edge->weight != 0 &&
            (edge->weight_decimals > 0 || edge->weight < -1 || edge->weight > 1)) {
            number[qa_decimal_print(edge->weight, edge->weight_decimals, number)] = 0;
            fprintf(shower->stream, "  × %s", number);
        }
        if (qa_model_dimension(shower->model, shower->dimension)->kind == QA_DIMENSION_MEASURE) {
            show_account(shower, &info->account);
        }
        putc('\n', shower->stream);
        show_members(shower, edge->child, depth + 1);
    }
}

void qa_model_show_text(const qa_model_t *model, const char *app, FILE *stream)
{
    const qa_app_info_t *info = qa_model_app(model);
    uint16_t count = qa_model_dimension_count(model);
    shower_t shower = { .model = model, .stream = stream };
    fprintf(stream, "%s%s%s   %u decimals%s\n", app, info->title[0] == 0 ? "" : " — ", info->title,
            info->decimals, info->is_zero_missing ? ", zero is missing" : "");
    for (uint16_t d = 0; d < count; d++) {
        const qa_dimension_info_t *dimension = qa_model_dimension(model, d);
        uint32_t leaf_count = 0;
        uint32_t member_count = 0;
        for (qa_member_t m = 0; m < dimension->member_count; m++) {
            const qa_member_info_t *member = qa_model_member(model, d, m);
            member_count += member->is_deleted ? 0 : 1;
            leaf_count += member->is_deleted || !member->is_leaf ? 0 : 1;
        }
        shower.dimension = d;
        shower.hierarchy = QA_HIERARCHY_PRIMARY;
        fprintf(stream, "\n%s   %s, %u members, %u leaves", dimension->name,
                qa_model_word_of_dimension_kind(dimension->kind), member_count, leaf_count);
        if (dimension->default_member != QA_MEMBER_NONE) {
            fprintf(stream, ", default %s", qa_model_member(model, d, dimension->default_member)->code);
        }
        putc('\n', stream);
        show_members(&shower, QA_MEMBER_NONE, 1);
        for (qa_hierarchy_t h = 1; h < dimension->hierarchy_count; h++) {
            if (qa_model_hierarchy(model, d, h)->is_deleted) continue;
            shower.hierarchy = h;
            fprintf(stream, "%s@%s   alternate\n", dimension->name, qa_model_hierarchy(model, d, h)->name);
            show_members(&shower, QA_MEMBER_NONE, 1);
        }
    }
}
