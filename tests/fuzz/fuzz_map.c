/* Hostile bytes as a map: it is refused with words, or it is whole: every rule has a source, every amount a
 * column. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "load/map.h"
#include "load/text_source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool is_true, const char *what)
{
    if (is_true) return;
    fprintf(stderr, "broken: %s\n", what);
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    qa_error_t error = { .status = QA_OK };
    qa_load_map_t *map = NULL;
    const qa_status_t status =
        qa_load_map_parse(&map, (const char *)data, size, &qa_allocator_default, &error);
    if (status != QA_OK) {
        must(map == NULL && error.message[0] != '\0' && error.status == status, "a refusal has words");
        return 0;
    }
    must(map->is_members || map->amount_count > 0, "there is an amount");
    for (uint32_t i = 0; i < map->rule_count; i++) {
        const qa_load_text_source_t *source = &map->rules[i].source;
        qa_load_text_t part;
        must(source->from != QA_LOAD_FROM_NOTHING, "a rule has a source");
        if (source->from == QA_LOAD_FROM_FILE) {
            qa_load_match_name(source->text, "a__b-c.csv", 10, source->field, map->rules[i].dimension, &part,
                               &error);
        }
    }
    for (uint32_t i = 0; i < map->amount_count; i++)
        must(map->amounts[i].column != NULL && map->amounts[i].column[0] != '\0', "an amount has a column");
    qa_load_map_close(map);
    return 0;
}
