/* See clone.h. git's messages are those of its version 2.39 in the C locale; lines that are not known only go to the tail. */
#include "git/clone.h"

#include <string.h>

#include "base/mem.h"
#include "base/text_cut.h"
#include "git/refusal.h"

ENUM_DEFINE(CloneStep, CLONE_STEP_WORDS);

enum { CLONE_MS = 12 * 3600 * 1000 };

/* -- what git says -------------------------------------------------------------------------------------------- */

static const struct {
    const char *title;
    CloneStep step;
} titles[] = {
    {"Enumerating objects: ", CLONE_COUNT},    {"Counting objects: ", CLONE_COUNT},
    {"Compressing objects: ", CLONE_COMPRESS}, {"Receiving objects: ", CLONE_RECEIVE},
    {"Resolving deltas: ", CLONE_RESOLVE},     {"Updating files: ", CLONE_CHECK_OUT},
    {"Filtering content: ", CLONE_CHECK_OUT},
};

/* "(12/34)" in " 35% (12/34), 1.20 MiB | 3.40 MiB/s" */
static void find_count(Str rest, CloneLines *l) {
    Str part, done;
    l->done = l->total = 0;
    if (!str_split(&rest, '(', &part) || !str_split(&rest, ')', &part) || !str_split(&part, '/', &done)) return;
    if (!str_parse_i64(part, 1, INT64_MAX, &l->total) || !str_parse_i64(done, 0, l->total, &l->done))
        l->done = l->total = 0;
}

/* A step never follows a later one: a remote writes some of the lines, and each step is reported. */
static void find_step(Str line, CloneLines *l) {
    if (str_starts(line, STR("remote: "))) line = str_from(line, sizeof "remote: " - 1);
    for (size_t i = 0; i < COUNT_OF(titles); i++) {
        if (titles[i].step < l->step || !str_starts(line, str(titles[i].title))) continue;
        l->step = titles[i].step;
        find_count(str_from(line, strlen(titles[i].title)), l);
    }
}

/* "Cloning into '.'..." says nothing that a person wants to know. */
static void end_line(CloneLines *l, bool is_replaced) {
    Str line = str_trim(str_n(l->now, l->now_n));
    bool was_replaced = l->is_replaced && l->n;
    l->now_n = 0;
    if (!line.n || str_starts(line, STR("Cloning into "))) return;
    find_step(line, l);
    if (!was_replaced && l->n == CLONE_LINES) {
        memmove(l->lines, l->lines + 1, (CLONE_LINES - 1) * sizeof *l->lines);
        memmove(l->n_of, l->n_of + 1, (CLONE_LINES - 1) * sizeof *l->n_of);
        l->n--;
    }
    size_t at = was_replaced ? l->n - 1 : l->n++;
    memcpy(l->lines[at], line.p, line.n);
    l->n_of[at] = line.n;
    l->is_replaced = is_replaced;
}

void clone_lines_take(CloneLines *l, Str piece) {
    for (size_t i = 0; i < piece.n; i++) {
        char c = piece.p[i];
        if (c == '\r' || c == '\n')
            end_line(l, c == '\r');
        else if (l->now_n < sizeof l->now)
            l->now[l->now_n++] = c;
    }
}

Str clone_lines_tail(const CloneLines *l, Arena *a) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, CLONE_LINES * (CLONE_LINE_MAX + 1));
    for (size_t i = 0; i < l->n; i++) {
        if (i) buf_add_c(&b, '\n');
        buf_add(&b, l->lines[i], l->n_of[i]);
    }
    return text_printable(a, text_clean(a, arena_str(a, buf_str(&b)), CLONE_TAIL_MAX));
}

/* -- the call -------------------------------------------------------------------------------------------------- */

typedef struct Heard {
    const GitClone *clone;
    CloneLines lines;
} Heard;

static void on_err(void *arg, Str piece) {
    Heard *h = arg;
    clone_lines_take(&h->lines, piece);
    if (h->clone->on_progress) h->clone->on_progress(h->clone->arg, &h->lines, false);
}

/* The low speed ends a git that has outlived this process, too: its limit is one byte a second. */
int git_clone(const Git *g, const GitClone *c, Err *e) {
    Heard heard = {.clone = c};
    Str limit = arena_fmt(g->arena, "GIT_HTTP_LOW_SPEED_TIME=%lld", (long long)(c->silence_ms / 1000 + 1));
    const char *const *env = GIT_ARGS("GIT_ALLOW_PROTOCOL=https:ssh", "GIT_HTTP_LOW_SPEED_LIMIT=1", limit.p);
    GitCall call = {.args = GIT_ARGS("clone", "--progress", "--no-recurse-submodules", "--no-local", "--",
                                     arena_cstr(g->arena, c->url), "."),
                    .more_env = env,
                    .timeout_ms = CLONE_MS,
                    .ends_with_us = true,
                    .on_err = on_err,
                    .on_err_arg = &heard,
                    .silence_ms = c->silence_ms};
    int r = git_user_act(g, &call, "clone it", NULL, e);
    clone_lines_take(&heard.lines, STR("\n"));
    if (c->on_progress) c->on_progress(c->arg, &heard.lines, true);
    return r;
}
