/* See facts.h. */
#include "approval/facts.h"

#include <fcntl.h>

#include "approval/shell.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text_cut.h"
#include "sys/file.h"

enum { FACTS_BYTES_MAX = 32 << 10, LOOK_MS = 2000 };

typedef struct Reading {
    AskFacts *facts;
    Str folder;
    Errands *errands;
    size_t bytes;
    bool is_known; /* the tool: else its arguments may mean anything, and only its name counts */
    Arena *arena;
} Reading;

static void set_unclear(Reading *r, Str why) {
    if (r->is_known && !r->facts->unclear.n) r->facts->unclear = text_cut(why, 500);
}

static void put(Reading *r, StrList *list, Str path) {
    r->bytes += path.n;
    if (list->n == ASK_PATHS_MAX || r->bytes > FACTS_BYTES_MAX)
        set_unclear(r, STR("It names more files than a rule can look at."));
    else
        list->items[list->n++] = path;
}

/* Without `.`, `..` and empty parts; above the root is the root. */
static void normalise(Str path, Buf *b) {
    buf_add_c(b, '/');
    for (Str rest = path, part; str_split(&rest, '/', &part);) {
        if (!part.n || str_is(part, ".")) continue;
        if (str_is(part, "..")) {
            const char *slash = memrchr(b->p, '/', b->n);
            b->n = slash > b->p ? (size_t)(slash - b->p) : 1;
            continue;
        }
        if (b->n > 1) buf_add_c(b, '/');
        buf_add_str(b, part);
    }
}

/* Absolute paths of the worktree as paths beneath it; others stay. */
static Str beneath(const Reading *r, Str path) {
    if (!r->folder.n || !str_starts(path, STR("/")) || !path_is_beneath(path, r->folder)) return path;
    Str rest = str_from(path, r->folder.n);
    while (str_starts(rest, STR("/"))) rest = str_from(rest, 1);
    return rest.n ? rest : STR(".");
}

/* Where its text leads: relative to the worktree if that is in it. */
static Str shown_path(const Reading *r, Str path) {
    CLEANUP(buf_done) Buf b, whole;
    buf_init(&b, 2 * ASK_PATH_MAX + 2);
    buf_init(&whole, 2 * ASK_PATH_MAX + 2);
    bool is_relative = !str_starts(path, STR("/"));
    if (is_relative && r->folder.n) buf_add_fmt(&whole, STR_FMT "/", STR_ARG(r->folder));
    buf_add_str(&whole, path);
    normalise(buf_str(&whole), &b);
    if (b.failed || whole.failed) return path;
    Str all = buf_str(&b);
    if (is_relative && !r->folder.n) all = all.n > 1 ? str_from(all, 1) : STR(".");
    return arena_str(r->arena, beneath(r, all));
}

/* --- where files really are --- */

/* Of one path. */
typedef struct Place {
    Str path, beneath; /* as it is named, and from the worktree's folder on if it is in it */
    Str real;          /* after links; {NULL,0}: nobody knows */
    bool is_inside;    /* `real` is relative to the worktree */
} Place;

/* A look at the disk, which may never answer: on a thread of its own, with memory of its own. */
typedef struct Look {
    Arena *arena;
    Str folder;
    Place *places;
    size_t n;
} Look;

static void find_place(const Look *l, int dirfd, Place *p) {
    bool is_home = str_starts(p->path, STR("~"));
    const char *beneath = arena_cstr(l->arena, p->beneath), *path = arena_cstr(l->arena, p->path);
    p->is_inside = !is_home && file_resolve_beneath(dirfd, beneath, l->arena, &p->real, NULL) >= 0;
    if (!p->is_inside && file_resolve(dirfd, path, l->arena, &p->real, NULL) < 0) p->real = (Str){0};
    if (p->real.n && str_is_utf8(p->real)) return;
    p->real = (Str){0};
    p->is_inside = false;
}

static void look(void *arg) {
    const Look *l = arg;
    CLEANUP(fd_closep) int fd = open(arena_cstr(l->arena, l->folder), O_PATH | O_DIRECTORY | O_CLOEXEC);
    for (size_t i = 0; fd >= 0 && i < l->n; i++) find_place(l, fd, &l->places[i]);
}

static void look_drop(void *arg) {
    Arena *a = ((Look *)arg)->arena;
    arena_free(a);
}

static Look *look_new(const Reading *r, const StrList *paths, const StrList *folders) {
    Arena *a = arena_new();
    Look *l = arena_new_in(a, Look);
    *l = (Look){.arena = a, .folder = arena_str(a, r->folder), .n = paths->n + folders->n};
    l->places = arena_array(a, l->n + 1, sizeof *l->places);
    for (size_t i = 0; i < l->n; i++) {
        Str path = i < paths->n ? paths->items[i] : folders->items[i - paths->n];
        l->places[i] = (Place){.path = arena_str(a, path), .beneath = arena_str(a, beneath(r, path))};
    }
    return l;
}

/* What asks or denies also looks at what is outside. */
static void add_path(Reading *r, Str path, const Place *p) {
    put(r, &r->facts->paths, shown_path(r, path));
    if (p && p->real.n) put(r, &r->facts->resolved, arena_str(r->arena, p->real));
    if (p && p->is_inside) return;
    set_unclear(r, arena_fmt(r->arena, "It names `" STR_FMT "`, which is not in its worktree.",
                             STR_ARG(text_clean(r->arena, path, 300))));
}

/* A command that runs in another folder means something else there. */
static void check_folder(Reading *r, Str path, const Place *p) {
    if (p && p->is_inside && str_is(p->real, ".")) return;
    set_unclear(r, arena_fmt(r->arena, "It runs in `" STR_FMT "`, which is not the folder of its worktree.",
                             STR_ARG(text_clean(r->arena, path, 300))));
}

static void add_places(Reading *r, const StrList *paths, const StrList *folders) {
    bool has_any = paths->n + folders->n > 0 && r->folder.n;
    Look *l = has_any ? look_new(r, paths, folders) : NULL;
    bool is_seen = l && errand_run(r->errands, &(Errand){look, look_drop, l, l->folder}, LOOK_MS);
    if (l && !is_seen)
        set_unclear(
            r,
            STR("Nobody knows where its files are: a look at its worktree did not end in time, or could not begin."));
    for (size_t i = 0; i < paths->n; i++) add_path(r, paths->items[i], is_seen ? &l->places[i] : NULL);
    for (size_t i = 0; i < folders->n; i++)
        check_folder(r, folders->items[i], is_seen ? &l->places[paths->n + i] : NULL);
    if (is_seen) look_drop(l);
}

/* --- all of it --- */

static void add_command(Reading *r, const AskWhat *w) {
    StrList words = w->argv;
    Str command = w->command;
    bool is_read = w->is_wrapped && command.p && !shell_words(command, false, r->arena, &words);
    if (is_read || words.n) command = shell_unwrap(&words, r->arena);
    if (!command.p && words.n) set_unclear(r, STR("Its command is too long."));
    if (!command.p) return;
    if (command.n > ASK_COMMAND_MAX) set_unclear(r, STR("Its command is too long."));
    if (memchr(command.p, 0, command.n)) set_unclear(r, STR("Its command has a NUL character."));
    r->facts->command = text_clean(r->arena, command, ASK_COMMAND_MAX);
    r->bytes += r->facts->command.n;
}

static void read_all(Reading *r, const AskWhat *w) {
    add_command(r, w);
    add_places(r, &w->paths, &w->folders);
    if (w->unclear.n) set_unclear(r, w->unclear);
    if (!r->facts->paths.n) r->facts->paths.items = r->facts->resolved.items = NULL;
}

void facts_read(const FactsOf *of, Arena *a, AskFacts *ret) {
    *ret = (AskFacts){.paths = {arena_array(a, ASK_PATHS_MAX, sizeof(Str)), 0},
                      .resolved = {arena_array(a, ASK_PATHS_MAX, sizeof(Str)), 0}};
    Reading r = {.facts = ret, .folder = of->folder, .errands = of->errands, .arena = a};
    Json *input = NULL;
    AskWhat what = {0};
    while (r.folder.n > 1 && r.folder.p[r.folder.n - 1] == '/') r.folder.n--;
    bool is_json = !of->input.n || json_parse(a, of->input, JSON_DEPTH_MAX, &input, NULL) >= 0;
    ask_what(of->tool, input, a, &what);
    r.is_known = what.is_known;
    if (!what.is_known) GIVE(AskFacts, ret, is_unknown, true);
    if (!is_json) set_unclear(&r, STR("Its arguments cannot be read."));
    if (of->is_titled)
        set_unclear(&r, STR("The agent shows its command as a title and does not give it as arguments."));
    read_all(&r, &what);
}
