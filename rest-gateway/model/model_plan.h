/* Compares a model file with an app and writes down, as operations of an intent and in words, what would make
 * the app follow the file. `model apply` commits the intent; `model diff` throws it away and keeps the words.
 *
 *     qa_model_plan_options_t options = { .has_atoms = atom_count > 0, .report = print_change };
 *     status = qa_model_plan(qa_connection_model(connection), file, &options, intent, &change_count, &error);
 *
 * The rules are in docs/reference/model-file.md, "How a file is applied". A model that follows the file gives
 * no operation, so applying twice does nothing the second time. Within a read section of the model. */
#ifndef QA_MODEL_MODEL_PLAN_H
#define QA_MODEL_MODEL_PLAN_H

#include "model/model_file.h"
#include "qa/intent.h"

typedef enum qa_change_verb {
    QA_CHANGE_ADD,
    QA_CHANGE_CHANGE,
    QA_CHANGE_MOVE,
    QA_CHANGE_DELETE,
    QA_CHANGE_KEEP /* the app has it, the file does not name it, and it stays */
} qa_change_verb_t;

/* One difference. Texts are terminated, never NULL, and borrowed during the report. */
typedef struct qa_model_change {
    qa_change_verb_t verb;
    const char *dimension; /* "" for the app itself */
    const char *hierarchy; /* "" for the primary and for what is in no hierarchy */
    const char *subject;   /* code of the member; "" for the dimension or hierarchy itself */
    const char *what;      /* "caption", "weight", … ; "" for the thing as a whole */
    const char *before;
    const char *behind;
} qa_model_change_t;

typedef struct qa_model_plan_options {
    bool is_pruned; /* the file is the whole truth */
    bool is_diff;   /* only words are wanted: what cannot be done is a difference, not an error */
    bool has_atoms; /* the app has stored values */
    void (*report)(void *context, const qa_model_change_t *change); /* may be NULL */
    void *context;
} qa_model_plan_options_t;

/* `model` NULL: the app is not there yet. *change_count_out: differences other than QA_CHANGE_KEEP. Errors:
 * QA_BAD_MODEL with the path, QA_KIND_FIXED, QA_CODE_TAKEN, and those of the intent's calls. */
qa_status_t qa_model_plan(const qa_model_t *model, const qa_model_file_t *file,
                          const qa_model_plan_options_t *options, qa_intent_t *intent,
                          uint32_t *change_count_out, qa_error_t *error);

#endif
