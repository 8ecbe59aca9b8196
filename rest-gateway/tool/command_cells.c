/* set, hold, release, mask: one cell at a time, each one intent. */
#include <stdlib.h>
#include <string.h>

#include "tool/command.h"
#include "tool/support.h"

/* Commits and says what became of it; closes the intent. */
static int commit(qa_tool_t *tool, qa_intent_t *intent)
{
    qa_receipt_t receipt;
    qa_status_t status = qa_connection_commit(tool->connection, intent, &receipt);
    qa_intent_close(intent);
    if (status != QA_OK) return qa_tool_report_connection(tool);
    qa_tool_print_receipt(&receipt);
    return QA_EXIT_OK;
}

/* A coordinate, its dimension count, and for `text` other than NULL the value for that leaf. */
static qa_status_t find_cell(qa_tool_t *tool, const char *where, const char *text, uint16_t *count_out,
                             qa_member_t members_out[QA_DIMENSIONS_MAX], qa_value_t *value_out)
{
    qa_status_t status = qa_connection_read_begin(tool->connection);
    if (status != QA_OK) return qa_tool_take_error(tool, status);
    const qa_model_t *model = qa_connection_model(tool->connection);
    *count_out = qa_model_dimension_count(model);
    status = qa_tool_coordinate(tool, model, where, false, members_out, NULL);
    if (status == QA_OK && text != NULL) status = qa_tool_value(tool, model, members_out, text, value_out);
    qa_connection_read_end(tool->connection);
    return status;
}

int qa_tool_set(qa_tool_t *tool, int argc, char **argv)
{
    qa_member_t members[QA_DIMENSIONS_MAX];
    qa_value_t value = qa_value_missing();
    qa_intent_t *intent = NULL;
    uint16_t count = 0;
    int exit_code = qa_tool_arguments(tool, NULL, 0, &argc, argv, 3, 3);
    if (exit_code != QA_EXIT_OK) return exit_code;
    if (qa_tool_open(tool, argv[0], QA_TOOL_WRITE) != QA_OK) return qa_tool_report(tool);
    if (find_cell(tool, argv[1], argv[2], &count, members, &value) != QA_OK) return qa_tool_report(tool);
    if (qa_tool_intent(tool, &intent) != QA_OK) return qa_tool_report(tool);
    qa_status_t status = qa_intent_set_cells(intent, count, members, &value, NULL, 1);
    if (status != QA_OK) {
        qa_intent_close(intent);
        return qa_tool_complain(status, "the value cannot be written: %s", qa_status_info(status)->text);
    }
    return commit(tool, intent);
}

static int change_hold(qa_tool_t *tool, int argc, char **argv, bool is_held)
{
    const char *owner = "";
    const qa_option_t options[] = { { "--for", &owner, NULL } };
    qa_member_t members[QA_DIMENSIONS_MAX];
    qa_intent_t *intent = NULL;
    uint16_t count = 0;
    qa_hold_t hold = QA_HOLD_LEAF;
    int exit_code = qa_tool_arguments(tool, options, 1, &argc, argv, 2, 2);
    if (exit_code != QA_EXIT_OK) return exit_code;
    if (qa_tool_open(tool, argv[0], QA_TOOL_WRITE) != QA_OK) return qa_tool_report(tool);
    if (find_cell(tool, argv[1], NULL, &count, members, NULL) != QA_OK) return qa_tool_report(tool);
    if (qa_connection_read_begin(tool->connection) != QA_OK) return qa_tool_report_connection(tool);
    const qa_model_t *model = qa_connection_model(tool->connection);
    for (uint16_t d = 0; d < count; d++) {
        if (!qa_model_member(model, d, members[d])->is_leaf) hold = QA_HOLD_CONSOLIDATION;
    }
    qa_connection_read_end(tool->connection);
    if (qa_tool_intent(tool, &intent) != QA_OK) return qa_tool_report(tool);
    qa_status_t status = qa_tool_utf8(tool, "--for", owner);
    if (status != QA_OK) {
        qa_intent_close(intent);
        return qa_tool_report(tool);
    }
    status = qa_intent_set_hold(intent, count, members, is_held ? hold : QA_HOLD_NONE, owner, strlen(owner));
    if (status != QA_OK) {
        qa_intent_close(intent);
        return qa_tool_complain(status, "the hold cannot be written: %s", qa_status_info(status)->text);
    }
    return commit(tool, intent);
}

int qa_tool_hold(qa_tool_t *tool, int argc, char **argv)
{
    return change_hold(tool, argc, argv, true);
}

int qa_tool_release(qa_tool_t *tool, int argc, char **argv)
{
    return change_hold(tool, argc, argv, false);
}

/* 64 bits, decimal or 0x and hexadecimal. */
static bool read_mask(const char *text, uint64_t *mask_out)
{
    bool is_hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    uint64_t base = is_hex ? 16 : 10;
    const char *c = is_hex ? text + 2 : text;
    *mask_out = 0;
    if (*c == 0) return false;
    for (; *c != 0; c++) {
        uint64_t digit = 99;
        if (*c >= '0' && *c <= '9') digit = (uint64_t)(*c - '0');
        if (*c >= 'a' && *c <= 'f') digit = (uint64_t)(*c - 'a') + 10;
        if (*c >= 'A' && *c <= 'F') digit = (uint64_t)(*c - 'A') + 10;
        if (digit >= base || *mask_out > (UINT64_MAX - digit) / base) return false;
        *mask_out = *mask_out * base + digit;
    }
    return true;
}

int qa_tool_mask(qa_tool_t *tool, int argc, char **argv)
{
    qa_member_t members[QA_DIMENSIONS_MAX];
    qa_intent_t *intent = NULL;
    uint64_t mask = 0;
    uint16_t count = 0;
    int exit_code = qa_tool_arguments(tool, NULL, 0, &argc, argv, 3, 3);
    if (exit_code != QA_EXIT_OK) return exit_code;
    if (!read_mask(argv[2], &mask)) return qa_tool_usage(tool, "\"%s\" is not a mask of 64 bits", argv[2]);
    if (qa_tool_open(tool, argv[0], QA_TOOL_WRITE) != QA_OK) return qa_tool_report(tool);
    if (find_cell(tool, argv[1], NULL, &count, members, NULL) != QA_OK) return qa_tool_report(tool);
    if (qa_tool_intent(tool, &intent) != QA_OK) return qa_tool_report(tool);
    qa_status_t status = qa_intent_set_masks(intent, count, members, &mask, 1);
    if (status != QA_OK) {
        qa_intent_close(intent);
        return qa_tool_complain(status, "the mask cannot be written: %s", qa_status_info(status)->text);
    }
    return commit(tool, intent);
}
