/* See facts.h. */
#include "approval/facts.h"

#include <fcntl.h>

#include "approval/shell.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text_cut.h"
#include "sys/file.h"

enum { FACTS_BYTES_MAX = 32 << 10 };

typedef struct Reading {
    AskFacts *facts;
    Str folder;
    int dirfd; /* -1: there is no folder */
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

static bool resolve(Reading *r, Str path, Str *ret) {
    Str rest = beneath(r, path);
    bool is_home = str_starts(path, STR("~"));
    if (r->dirfd < 0 || is_home) return false;
    if (file_resolve_beneath(r->dirfd, arena_cstr(r->arena, rest), r->arena, ret, NULL) < 0) return false;
    return str_is_utf8(*ret);
}

/* What asks or denies looks there too. */
static void add_outside(Reading *r, Str path) {
    Str real = {0};
    bool is_there = r->dirfd >= 0 && file_resolve(r->dirfd, arena_cstr(r->arena, path), r->arena, &real, NULL) >= 0;
    if (is_there && str_is_utf8(real)) put(r, &r->facts->resolved, real);
}

static void add_path(Reading *r, Str path) {
    Str real = {0};
    put(r, &r->facts->paths, shown_path(r, path));
    if (resolve(r, path, &real)) {
        put(r, &r->facts->resolved, real);
        return;
    }
    add_outside(r, path);
    set_unclear(r, arena_fmt(r->arena, "It names `" STR_FMT "`, which is not in its worktree.",
                             STR_ARG(text_clean(r->arena, path, 300))));
}

/* A command that runs in another folder means something else there. */
static void check_folder(Reading *r, Str path) {
    Str real = {0};
    if (!resolve(r, path, &real) || !str_is(real, "."))
        set_unclear(r, arena_fmt(r->arena, "It runs in `" STR_FMT "`, which is not the folder of its worktree.",
                                 STR_ARG(text_clean(r->arena, path, 300))));
}

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
    for (size_t i = 0; i < w->paths.n; i++) add_path(r, w->paths.items[i]);
    for (size_t i = 0; i < w->folders.n; i++) check_folder(r, w->folders.items[i]);
    if (w->unclear.n) set_unclear(r, w->unclear);
    if (!r->facts->paths.n) r->facts->paths.items = r->facts->resolved.items = NULL;
}

void facts_read(const FactsOf *of, Arena *a, AskFacts *ret) {
    CLEANUP(fd_closep) int fd = of->folder.n ? open(arena_cstr(a, of->folder), O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
    *ret = (AskFacts){.paths = {arena_array(a, ASK_PATHS_MAX, sizeof(Str)), 0},
                      .resolved = {arena_array(a, ASK_PATHS_MAX, sizeof(Str)), 0}};
    Reading r = {.facts = ret, .folder = of->folder, .dirfd = fd, .arena = a};
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
