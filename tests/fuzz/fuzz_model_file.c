/* Any bytes as a model file: they are refused in words or give structures that hold together, and a plan
 * against an empty app never fails for other reasons than those it says. Memory is watched by the sanitizers.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "model/model_file.h"
#include "model/model_plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void check_dimension(const qa_file_dimension_t *dimension)
{
    assert(dimension->name != NULL && dimension->name[0] != 0);
    for (uint32_t h = 0; h < dimension->hierarchy_count; h++) {
        const qa_file_hierarchy_t *hierarchy = &dimension->hierarchies[h];
        for (uint32_t p = 0; p < hierarchy->place_count; p++) {
            char path[QA_PATH_BYTES];
            assert(hierarchy->places[p].member < dimension->member_count);
            assert(hierarchy->places[p].parent == QA_PLACE_NONE || hierarchy->places[p].parent < p);
            qa_model_file_path(dimension, h, p, path);
            assert(path[0] == '$');
        }
    }
    for (uint32_t m = 0; m < dimension->member_count; m++) {
        assert(dimension->members[m].code[0] != 0);
        assert(qa_names_find(&dimension->codes, dimension->members[m].code) == m);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    qa_model_file_t *file = NULL;
    qa_intent_t *intent = NULL;
    qa_error_t error;
    uint32_t change_count = 0;
    const qa_model_plan_options_t options = { .is_pruned = bytes % 2 == 0 };
    qa_status_t status = qa_model_file_read(&file, (const char *)data, bytes, &error);
    assert((status == QA_OK) == (file != NULL));
    assert(status == QA_OK || error.message[0] != 0);
    if (status != QA_OK) return 0;
    for (uint32_t d = 0; d < file->dimension_count; d++) {
        check_dimension(&file->dimensions[d]);
    }
    if (qa_intent_open(&intent, NULL) == QA_OK) {
        status = qa_model_plan(NULL, file, &options, intent, &change_count, &error);
        assert(status == QA_OK ? change_count > 0 : error.message[0] != 0);
    }
    qa_intent_close(intent);
    qa_model_file_close(file);
    return 0;
}
