/* Every limit of the product in one place, each with its reason. A limit that is met is an error with status
 * QA_LIMIT (or the status named here) that names the thing and the limit; nothing is cut silently. */
#ifndef QA_LIMITS_H
#define QA_LIMITS_H

enum {
    /* Twice what the largest published planning models use (25 to 30); a query keeps per-dimension tables on
     * the stack, and one 64-bit word can mark a set of dimensions. */
    QA_DIMENSIONS_MAX = 64,
    /* Members of one dimension, deleted ones included (ids are never reused). Product and customer lists
     * beyond a million belong to the ledger lines, not to a plan. */
    QA_MEMBERS_MAX = 1000000,
    /* Levels below a root. Deep organisations have 12 to 15; net weights multiply along a path. */
    QA_LEVELS_MAX = 32,
    /* Hierarchies of a dimension, the primary included. */
    QA_HIERARCHIES_MAX = 64,
    /* Aliases and attributes of one member. */
    QA_ALIASES_MAX = 64,
    QA_ATTRIBUTES_MAX = 256,
    /* Code, alias, caption, names of dimensions, hierarchies, attributes: UTF-16 units, as Excel counts. */
    QA_NAME_UNITS_MAX = 255,
    /* The same in UTF-8: at most 3 bytes per UTF-16 unit. */
    QA_NAME_BYTES_MAX = 3 * QA_NAME_UNITS_MAX,
    /* A text value: what one Excel cell holds. */
    QA_TEXT_UNITS_MAX = 32767,
    QA_TEXT_BYTES_MAX = 3 * QA_TEXT_UNITS_MAX,
    /* Decimals of a decimal account. */
    QA_DECIMALS_MAX = 6,
    /* Digits of a stored decimal: 10^18 - 1 fits 64 bits with room for a sign and one carry. */
    QA_DECIMAL_DIGITS_MAX = 18,
    /* Decimals of an edge weight, and of the product of weights over a path and over all dimensions. */
    QA_WEIGHT_DECIMALS_MAX = 6,
    QA_NET_WEIGHT_DECIMALS_MAX = 12,
    /* Cells of one grid: a dense matrix of 32 bytes a cell stays below 512 MB. */
    QA_GRID_CELLS_MAX = 16000000,
    /* An intent up to this size is one frame of the log; a larger one is written in parts of this size. */
    QA_FRAME_PAYLOAD_BYTES_MAX = 1 << 20,
    /* Coordinates with values in one intent: 64 M atoms of a dozen bytes stay below QA_INTENT_BYTES_MAX. */
    QA_INTENT_CELLS_MAX = 64 << 20,
    /* A whole intent, parts together: it is held in memory once while it is applied. */
    QA_INTENT_BYTES_MAX = 1 << 30,
    /* One line of a file to load. A longer one is not a ledger line but a wrong file. */
    QA_LINE_BYTES_MAX = 1 << 20,
    /* Columns of a file to load: what Excel writes at most. */
    QA_COLUMNS_MAX = 16384,
    /* A model or map file: both are written by people. */
    QA_MODEL_FILE_BYTES_MAX = 256 << 20,
    /* How long a process waits for the write lock of a folder before it says who is in the way. */
    QA_LOCK_TIMEOUT_MS = 10000
};

#endif
