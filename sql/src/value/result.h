/* The types of results: one qa_sql_result_… per RESULT of functions.def. */
#ifndef QA_SQL_VALUE_RESULT_H
#define QA_SQL_VALUE_RESULT_H

#include "value/expression.h"

#define QA_SQL_FUNCTION(ID, NAME, GROUP, RULES, MINIMUM, MAXIMUM, FORM, RESULT, COMPUTE, SUMMARY)            \
    qa_status_t qa_sql_result_##RESULT(const qa_sql_typing_t *call, qa_sql_type_t *type_out);
#define QA_SQL_ALIAS(NAME, ID, GROUP, SUMMARY)
#include "value/functions.def"
#undef QA_SQL_FUNCTION
#undef QA_SQL_ALIAS

#endif
