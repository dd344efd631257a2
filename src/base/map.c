/* Linear probing over a power of two, at most three quarters full; removal shifts the rest of the run back, so
 * there are no tombstones. */
#include "base/map.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"

enum { CAP_FIRST = 16 };

void map_done(Map *m) {
    for (size_t i = 0; i < m->cap; i++) free(m->slots[i].key);
    free(m->slots);
    *m = (Map){0};
}

/* The slot that holds the key, or the free slot where it would go. The table has a free slot. */
static size_t slot_of(const Map *m, Str key, uint32_t hash) {
    size_t i = hash & (m->cap - 1);
    for (;; i = (i + 1) & (m->cap - 1)) {
        const MapSlot *s = &m->slots[i];
        if (!s->key || (s->hash == hash && str_eq(str_n(s->key, s->key_n), key))) return i;
    }
}

static uint32_t hash_of(Str key) { return (uint32_t)str_hash(key); }

void *map_find(const Map *m, Str key) { return m->n ? m->slots[slot_of(m, key, hash_of(key))].value : NULL; }

static void grow(Map *m) {
    Map bigger = {.cap = m->cap ? m->cap * 2 : CAP_FIRST, .n = m->n};
    bigger.slots = mu_array(bigger.cap, sizeof *bigger.slots);
    for (size_t i = 0; i < m->cap; i++) {
        const MapSlot *s = &m->slots[i];
        if (s->key) bigger.slots[slot_of(&bigger, str_n(s->key, s->key_n), s->hash)] = *s;
    }
    free(m->slots);
    *m = bigger;
}

void *map_put(Map *m, Str key, void *value) {
    assert(value && key.n <= UINT32_MAX);
    if (m->n >= m->cap / 4 * 3) grow(m);
    uint32_t hash = hash_of(key);
    MapSlot *s = &m->slots[slot_of(m, key, hash)];
    void *replaced = s->value;
    s->value = value;
    if (replaced) return replaced;
    s->key = mu_alloc(key.n + 1);
    if (key.n) memcpy(s->key, key.p, key.n);
    s->key_n = (uint32_t)key.n;
    s->hash = hash;
    m->n++;
    return NULL;
}

/* Moves later entries of the run into the hole at i where their home slot allows it. */
static void close_hole(Map *m, size_t i) {
    size_t mask = m->cap - 1;
    for (size_t j = (i + 1) & mask; m->slots[j].key; j = (j + 1) & mask) {
        size_t home = m->slots[j].hash & mask;
        if (((j - home) & mask) < ((j - i) & mask)) continue;
        m->slots[i] = m->slots[j];
        i = j;
    }
    m->slots[i] = (MapSlot){0};
}

void *map_remove(Map *m, Str key) {
    if (!m->n) return NULL;
    size_t i = slot_of(m, key, hash_of(key));
    void *value = m->slots[i].value;
    if (!value) return NULL;
    free(m->slots[i].key);
    close_hole(m, i);
    m->n--;
    return value;
}

MapSlot *map_next(const Map *m, size_t *i) {
    while (*i < m->cap) {
        MapSlot *s = &m->slots[(*i)++];
        if (s->key) return s;
    }
    return NULL;
}
