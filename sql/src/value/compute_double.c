/* Functions of doubles, from the C library. What is not finite (the logarithm of zero, the root of a negative
 * number) is QA_OVERFLOW with the name of the function. */
#include <math.h>

#include "base/error.h"
#include "value/compute.h"

static const double pi = 3.14159265358979323846;

static qa_status_t give(const qa_sql_call_t *call, double number, const char *name, qa_sql_value_t *value_out)
{
    if (!isfinite(number))
        return qa_fail(call->environment->error, QA_OVERFLOW, "%s has no finite result for this number",
                       name);
    *value_out = qa_sql_value_double(number);
    return QA_OK;
}

qa_status_t qa_sql_compute_sqrt(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    return give(call, sqrt(call->arguments[0].number), "SQRT", value_out);
}

qa_status_t qa_sql_compute_exp(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    return give(call, exp(call->arguments[0].number), "EXP", value_out);
}

qa_status_t qa_sql_compute_log(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    return give(call, log(call->arguments[0].number), "LOG", value_out);
}

qa_status_t qa_sql_compute_log10(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    return give(call, log10(call->arguments[0].number), "LOG10", value_out);
}

qa_status_t qa_sql_compute_sin(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    return give(call, sin(call->arguments[0].number), "SIN", value_out);
}

qa_status_t qa_sql_compute_cos(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    return give(call, cos(call->arguments[0].number), "COS", value_out);
}

qa_status_t qa_sql_compute_tan(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    return give(call, tan(call->arguments[0].number), "TAN", value_out);
}

qa_status_t qa_sql_compute_cot(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    return give(call, 1.0 / tan(call->arguments[0].number), "COT", value_out);
}

qa_status_t qa_sql_compute_asin(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    return give(call, asin(call->arguments[0].number), "ASIN", value_out);
}

qa_status_t qa_sql_compute_acos(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    return give(call, acos(call->arguments[0].number), "ACOS", value_out);
}

qa_status_t qa_sql_compute_atan(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    return give(call, atan(call->arguments[0].number), "ATAN", value_out);
}

qa_status_t qa_sql_compute_degrees(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    return give(call, call->arguments[0].number * 180.0 / pi, "DEGREES", value_out);
}

qa_status_t qa_sql_compute_radians(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    return give(call, call->arguments[0].number * pi / 180.0, "RADIANS", value_out);
}

qa_status_t qa_sql_compute_power(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    return give(call, pow(call->arguments[0].number, call->arguments[1].number), "POWER", value_out);
}

qa_status_t qa_sql_compute_atan2(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    return give(call, atan2(call->arguments[0].number, call->arguments[1].number), "ATAN2", value_out);
}

qa_status_t qa_sql_compute_pi(const qa_sql_call_t *call, qa_sql_value_t *value_out)
{
    return give(call, pi, "PI", value_out);
}
