/* List: intrusive, circular, doubly linked. A head is initialised with list_init; a node that is in no list points to
 * itself or is zero. Comment every link with its list: `List link; // App.conns`. */
#pragma once

#include <stdbool.h>

#include "base/own.h"

typedef struct List {
    struct List *prev, *next;
} List;

static inline void list_init(List *l) { l->prev = l->next = l; }
static inline bool list_is_empty(const List *l) { return l->next == l || !l->next; }
static inline bool list_is_linked(const List *n) { return n->next && n->next != n; }
static inline void list_add_last(List *l, List *n) {
    n->prev = l->prev;
    n->next = l;
    l->prev->next = n;
    l->prev = n;
}
static inline void list_add_first(List *l, List *n) { list_add_last(l->next, n); }
static inline void list_remove(List *n) {
    if (!n->next) return;
    n->prev->next = n->next;
    n->next->prev = n->prev;
    list_init(n);
}
#define list_first(l, Type, member) (list_is_empty(l) ? NULL : container_of((l)->next, Type, member))
/* `it` itself may be removed. */
#define list_each(l, Type, member, it)                                                                            \
    for (List *n_##it = (l)->next, *x_##it = n_##it->next; n_##it != (l); n_##it = x_##it, x_##it = n_##it->next) \
        for (Type *it = container_of(n_##it, Type, member); it; it = NULL)
