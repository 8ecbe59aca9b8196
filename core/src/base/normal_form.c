/* Normal form C (Unicode Standard Annex 15) and full case folding, over our own pinned tables.
 *
 * A code point leads over two stages (block, place in the block) to a record: where its decomposition and
 * folding are in `sequences`, its combining class, and whether it can be the second of a composition. It must
 * never depend on tables of the system: they differ between machines, and two replicas would compare names
 * differently. */
#include "base/normal_form.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

typedef struct record {
    uint16_t decomposition; /* index in `sequences`, 0: none */
    uint16_t folding;
    uint8_t combining_class;
    uint8_t is_second; /* of a composition */
} record_t;

typedef struct pair {
    uint32_t first;
    uint32_t second;
    uint32_t composite;
} pair_t;

#include "base/tables/unicode.inc"

enum {
    PAIR_COUNT = sizeof(pairs) / sizeof(pairs[0]),
    HANGUL_FIRST = 0xAC00,
    LEAD_FIRST = 0x1100,
    VOWEL_FIRST = 0x1161,
    TAIL_FIRST = 0x11A7, /* one before the first tail: 0 means none */
    LEAD_COUNT = 19,
    VOWEL_COUNT = 21,
    TAIL_COUNT = 28,
    HANGUL_COUNT = LEAD_COUNT * VOWEL_COUNT * TAIL_COUNT
};

_Static_assert(sizeof(block_of) == 0x110000 >> BLOCK_SHIFT, "one block for every code point");

static const record_t *record_at(uint32_t code_point)
{
    assert(code_point < 0x110000);
    const uint32_t block = block_of[code_point >> BLOCK_SHIFT];
    return &records[record_of[(block << BLOCK_SHIFT) + (code_point & ((1u << BLOCK_SHIFT) - 1))]];
}

/* A mark moves before those of a higher class, but never over a starter or its equals. */
static bool add_ordered(qa_code_points_t *target, uint32_t code_point)
{
    if (target->count == QA_CODE_POINTS_MAX) return false;
    const uint8_t class = record_at(code_point)->combining_class;
    uint32_t at = target->count++;
    for (; class != 0 && at > 0 && record_at(target->points[at - 1])->combining_class > class; at--)
        target->points[at] = target->points[at - 1];
    target->points[at] = code_point;
    return true;
}

static bool add_hangul(qa_code_points_t *target, uint32_t syllable)
{
    const uint32_t tail = syllable % TAIL_COUNT;
    return add_ordered(target, LEAD_FIRST + syllable / (VOWEL_COUNT * TAIL_COUNT)) &&
           add_ordered(target, VOWEL_FIRST + syllable / TAIL_COUNT % VOWEL_COUNT) &&
           (tail == 0 || add_ordered(target, TAIL_FIRST + tail));
}

bool qa_normal_form_add(qa_code_points_t *decomposed, uint32_t code_point)
{
    if (code_point - HANGUL_FIRST < HANGUL_COUNT) return add_hangul(decomposed, code_point - HANGUL_FIRST);
    const uint32_t *const sequence = &sequences[record_at(code_point)->decomposition];
    if (sequence[0] == 0) return add_ordered(decomposed, code_point);
    for (uint32_t i = 1; i <= sequence[0]; i++) {
        if (!add_ordered(decomposed, sequence[i])) return false;
    }
    return true;
}

bool qa_normal_form_add_folded(qa_code_points_t *decomposed, uint32_t code_point)
{
    const uint32_t *const sequence = &sequences[record_at(code_point)->folding];
    if (sequence[0] == 0) return qa_normal_form_add(decomposed, code_point);
    for (uint32_t i = 1; i <= sequence[0]; i++) {
        if (!qa_normal_form_add(decomposed, sequence[i])) return false;
    }
    return true;
}

/* The composite of two code points, 0 if there is none. */
static uint32_t compose_pair(uint32_t first, uint32_t second)
{
    if (first - LEAD_FIRST < LEAD_COUNT && second - VOWEL_FIRST < VOWEL_COUNT)
        return HANGUL_FIRST + ((first - LEAD_FIRST) * VOWEL_COUNT + (second - VOWEL_FIRST)) * TAIL_COUNT;
    if (first - HANGUL_FIRST < HANGUL_COUNT && (first - HANGUL_FIRST) % TAIL_COUNT == 0 &&
        second - TAIL_FIRST - 1 < TAIL_COUNT - 1)
        return first + (second - TAIL_FIRST);
    if (record_at(second)->is_second == 0) return 0;
    uint32_t low = 0, high = PAIR_COUNT;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        const pair_t *const pair = &pairs[middle];
        if (pair->first == first && pair->second == second) return pair->composite;
        if (pair->first < first || (pair->first == first && pair->second < second))
            low = middle + 1;
        else
            high = middle;
    }
    return 0;
}

void qa_normal_form_compose(qa_code_points_t *code_points)
{
    uint32_t *const points = code_points->points;
    uint32_t kept = 0, starter = 0;
    bool has_starter = false;
    for (uint32_t i = 0; i < code_points->count; i++) {
        const uint32_t point = points[i];
        const uint8_t class = record_at(point)->combining_class;
        /* Between starter and mark lies nothing of the same or a higher class, else the mark is blocked. Of
         * the marks that stayed, the last has the highest class. */
        const bool is_adjacent = has_starter && kept == starter + 1;
        const bool is_blocked =
            !is_adjacent && kept > 0 && record_at(points[kept - 1])->combining_class >= class;
        const uint32_t composite = has_starter && !is_blocked ? compose_pair(points[starter], point) : 0;
        if (composite != 0) {
            points[starter] = composite;
            continue;
        }
        if (class == 0) {
            starter = kept;
            has_starter = true;
        }
        points[kept++] = point;
    }
    assert(kept <= code_points->count);
    code_points->count = kept;
}
