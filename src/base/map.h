/* Map: open-addressed hash from bytes (copied) or u64 to a pointer (borrowed). One thread at a time. */
#pragma once

#include <stdbool.h>

#include "base/str.h"

typedef struct MapSlot {
    char *key; /* owned; NULL = free slot */
    uint32_t key_n;
    uint32_t hash;
    void *value;
} MapSlot;

typedef struct Map {
    MapSlot *slots;
    size_t n;   /* entries */
    size_t cap; /* power of two, or 0 */
} Map;

void map_done(Map *m);                       /* frees keys and table, not values; zero is a valid empty Map */
void *map_find(const Map *m, Str key);       /* NULL when absent */
void *map_put(Map *m, Str key, void *value); /* value not NULL; returns the one replaced, or NULL */
void *map_remove(Map *m, Str key);           /* returns the value removed, or NULL */
/* Walks: `size_t i = 0; MapSlot *s; while ((s = map_next(m, &i)))`. No changes during a walk. */
MapSlot *map_next(const Map *m, size_t *i);

static inline Str map_u64(const uint64_t *key) { return (Str){(const char *)key, sizeof *key}; }
