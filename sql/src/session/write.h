/* What the files that write cells share. */
#ifndef QA_SQL_SESSION_WRITE_H
#define QA_SQL_SESSION_WRITE_H

#include "qa/lattice.h"
#include "session/session_private.h"

enum { QA_SQL_CELL_WORDS_BYTES = 320 };

/* "(FY21-22, Adopted, Fire, Total)": the codes in the order of the dimensions, cut where there is no room. */
const char *qa_sql_cell_words(const qa_model_t *model, const qa_member_t *coordinate,
                              char words_out[QA_SQL_CELL_WORDS_BYTES]);
/* What the account of the coordinate holds; an app without accounts holds decimals. */
qa_account_t qa_sql_cell_account(const qa_model_t *model, const qa_member_t *coordinate);
/* The role of the column that takes values of the kind (qa_kind_t): QA_SQL_ROLE_VALUE … */
uint8_t qa_sql_cell_role(uint8_t kind);
/* The value as the account stores it: decimals rounded half away from zero (*is_rounded_out says so), a text
 * borrowed. QA_OVERFLOW, QA_TEXT_TOO_LONG; the value is not NULL and of the role's type. */
qa_status_t qa_sql_cell_value(const qa_model_t *model, const qa_member_t *coordinate,
                              const qa_account_t *account, const qa_sql_value_t *value, qa_value_t *value_out,
                              bool *is_rounded_out, qa_error_t *error);
/* Whether the app keeps nothing when this value is written. */
bool qa_sql_cell_is_nothing(const qa_model_t *model, const qa_value_t *value);

/* `Period=Jan,Account="Fire, rescue"`: a cell as the tool writes it; dimensions that are not named stand at
 * their default members. Errors: QA_INVALID (not understood), QA_DIMENSION_NOT_FOUND, QA_MEMBER_NOT_FOUND,
 * QA_MEMBER_UNNAMED. */
qa_status_t qa_sql_cell_read(const qa_model_t *model, const char *text, size_t bytes,
                             qa_member_t coordinate_out[QA_DIMENSIONS_MAX], qa_error_t *error);

#endif
