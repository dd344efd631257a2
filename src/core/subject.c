#include "core/subject.h"

/* The limit applies to each subject: a stuck subject fills only its own queue. */
enum { WAITING_MAX = 64 };

bool subject_enter(Subjects *s, SubjectTurn *t, Str key) {
    SubjectTurn *first = map_find(&s->at_work, key);
    if (first && first->n_waiting == WAITING_MAX) return false;
    t->key = key;
    t->n_waiting = 0;
    list_init(&t->waiting);
    list_init(&t->link);
    if (first) {
        list_add_last(&first->waiting, &t->link);
        first->n_waiting++;
        return true;
    }
    map_put(&s->at_work, key, t);
    t->begin(t);
    return true;
}

void subject_leave(Subjects *s, SubjectTurn *t) {
    SubjectTurn *next = list_first(&t->waiting, SubjectTurn, link), *one;
    if (!next) {
        map_remove(&s->at_work, t->key);
        return;
    }
    list_remove(&next->link);
    next->n_waiting = t->n_waiting - 1;
    while ((one = list_first(&t->waiting, SubjectTurn, link))) {
        list_remove(&one->link);
        list_add_last(&next->waiting, &one->link);
    }
    map_put(&s->at_work, next->key, next);
    next->begin(next);
}
