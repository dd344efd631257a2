#include "core/subject.h"

#include <stdlib.h>

#include "base/clock.h"

/* The limit applies to each subject: a stuck subject fills only its own queue. */
enum { WAITING_MAX = 64, WAIT_MS = 60000, NOTICE_MS = 1000 };

/* Its turns in the order in which they entered. Invariant: a turn runs unless an earlier one excludes it, running or not,
 * so that no turn on the whole waits forever behind those on parts. */
typedef struct Subject {
    List turns; /* SubjectTurn.link; never empty */
    int n_waiting;
} Subject;

static Str whole_of(Str key) {
    const char *end = memchr(key.p, 0, key.n);
    return end ? str_upto(key, (size_t)(end - key.p)) : key;
}

static bool excludes(const SubjectTurn *one, const SubjectTurn *other) {
    return whole_of(one->key).n == one->key.n || whole_of(other->key).n == other->key.n || str_eq(one->key, other->key);
}

static bool may_run(const Subject *s, const SubjectTurn *t) {
    list_each(&s->turns, SubjectTurn, link, other) {
        if (other == t) return true;
        if (excludes(other, t)) return false;
    }
    return true;
}

static void run(SubjectTurn *t) {
    t->is_running = true;
    t->since_us = clock_mono_us();
    t->begin(t);
}

/* -- waiting ------------------------------------------------------------------------------------------------- */

typedef struct SubjectWatch {
    Timer timer;
    Subjects *all;
} SubjectWatch;

static int64_t wait_ms(const Subjects *all) { return all->wait_ms ? all->wait_ms : WAIT_MS; }
static int64_t notice_ms(const Subjects *all) { return wait_ms(all) < 4 * NOTICE_MS ? wait_ms(all) / 4 : NOTICE_MS; }

/* The first that waits since before then and has not been noticed, or can give up. */
static SubjectTurn *find_waiting(const Subjects *all, int64_t before_us, bool is_to_end, bool *ret_some) {
    size_t i = 0;
    for (MapSlot *slot; (slot = map_next(&all->subjects, &i));) {
        const Subject *s = slot->value;
        *ret_some |= s->n_waiting > 0;
        list_each(&s->turns, SubjectTurn, link, t) {
            bool is_meant = is_to_end ? t->give_up != NULL : t->notice && !t->is_noticed;
            if (!t->is_running && is_meant && t->since_us <= before_us) return t;
        }
    }
    return NULL;
}

/* Each turn that gives up may let others begin or end: the search starts again. */
static void on_due(Timer *timer) {
    Subjects *all = container_of(timer, SubjectWatch, timer)->all;
    int64_t now = clock_mono_us();
    bool has_some = false;
    for (SubjectTurn *t; (t = find_waiting(all, now - wait_ms(all) * 1000, true, &has_some));) t->give_up(t);
    has_some = false;
    for (SubjectTurn *t; (t = find_waiting(all, now - notice_ms(all) * 1000, false, &has_some));) {
        t->is_noticed = true;
        t->notice(t);
    }
    if (!has_some) timer_stop(timer);
}

/* The loop does not run on for it. */
static void watch(Subjects *all) {
    if (!all->watch) {
        all->watch = mu_new(SubjectWatch);
        all->watch->all = all;
        timer_init(all->loop, &all->watch->timer, on_due);
        uv_unref((uv_handle_t *)&all->watch->timer.uv);
    }
    if (!uv_is_active((uv_handle_t *)&all->watch->timer.uv))
        timer_start(&all->watch->timer, notice_ms(all), notice_ms(all));
}

static void on_closed(Timer *t) { free(container_of(t, SubjectWatch, timer)); }

/* -- turns --------------------------------------------------------------------------------------------------- */

bool subject_enter(Subjects *all, SubjectTurn *t, Str key) {
    Subject *s = map_find(&all->subjects, whole_of(key));
    if (s && s->n_waiting == WAITING_MAX) return false;
    if (!s) {
        s = mu_new(Subject);
        list_init(&s->turns);
        map_put(&all->subjects, whole_of(key), s);
    }
    t->key = key;
    t->is_running = t->is_noticed = false;
    t->since_us = clock_mono_us();
    list_add_last(&s->turns, &t->link);
    if (may_run(s, t)) {
        run(t);
    } else {
        s->n_waiting++;
        watch(all);
    }
    return true;
}

static SubjectTurn *next_of(Subject *s) {
    list_each(&s->turns, SubjectTurn, link, t) if (!t->is_running && may_run(s, t)) return t;
    return NULL;
}

void subject_leave(Subjects *all, SubjectTurn *t) {
    Str whole = whole_of(t->key);
    Subject *s = map_find(&all->subjects, whole);
    list_remove(&t->link);
    s->n_waiting -= !t->is_running;
    if (list_is_empty(&s->turns)) {
        map_remove(&all->subjects, whole);
        free(s);
        return;
    }
    /* A turn that begins may leave at once, and others with it. */
    for (SubjectTurn *next; (s = map_find(&all->subjects, whole)) && (next = next_of(s));) {
        s->n_waiting--;
        run(next);
    }
}

const SubjectTurn *subject_ahead(const Subjects *all, const SubjectTurn *t) {
    const Subject *s = map_find(&all->subjects, whole_of(t->key));
    const SubjectTurn *ahead = NULL;
    list_each(&s->turns, SubjectTurn, link, other) {
        if (other == t) break;
        if (other->is_running && (!ahead || (excludes(other, t) && !excludes(ahead, t)))) ahead = other;
    }
    return ahead;
}

void subjects_done(Subjects *all) {
    size_t i = 0;
    for (MapSlot *slot; (slot = map_next(&all->subjects, &i));) free(slot->value);
    map_done(&all->subjects);
    if (all->watch) timer_close(&all->watch->timer, on_closed);
    all->watch = NULL;
}
