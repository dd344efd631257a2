/* Planted faults, one per word: tools/dev/fuzz.py runs them first, because in a build that does not detect them every
 * target would pass. */
#include <string.h>

#include "fuzz.h"

static volatile int sink;

static void overflow(const uint8_t *data, size_t size) {
    (void)data;
    sink = INT32_MAX - 1 + (int)size;
}

static void shift(const uint8_t *data, size_t size) {
    (void)data;
    sink = 1 << (size + 40);
}

static void read_behind(const uint8_t *data, size_t size) { sink = data[size]; }

static void leak(const uint8_t *data, size_t size) {
    static void *volatile kept;
    (void)data;
    kept = malloc(size);
    sink = kept != NULL;
    kept = NULL;
}

static void broken_property(const uint8_t *data, size_t size) {
    (void)data;
    MUST(size == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const struct {
        const char *word;
        void (*run)(const uint8_t *data, size_t size);
    } faults[] = {{"overflow", overflow},
                  {"shift", shift},
                  {"read_behind", read_behind},
                  {"leak", leak},
                  {"broken_property", broken_property}};
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        if (size == strlen(faults[i].word) && memcmp(data, faults[i].word, size) == 0) faults[i].run(data, size);
    return 0;
}
