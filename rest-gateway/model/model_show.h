/* Writes a model: as a model file that applies to the same model, or as trees for people.
 *
 *     qa_connection_read_begin(connection);
 *     qa_model_show_json(qa_connection_model(connection), "budget", stdout);
 *     qa_connection_read_end(connection);
 *
 * Within a read section. Failures of the stream are left to the caller (ferror). */
#ifndef QA_MODEL_MODEL_SHOW_H
#define QA_MODEL_MODEL_SHOW_H

#include <stdio.h>

#include "qa/model.h"

/* Errors: QA_NO_MEMORY. */
qa_status_t qa_model_show_json(const qa_model_t *model, const char *app, FILE *stream);
void qa_model_show_text(const qa_model_t *model, const char *app, FILE *stream);

#endif
