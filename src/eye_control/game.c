/* See game.h. */
#include "eye_control/game.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/text_cut.h"
#include "base/vec.h"
#include "sys/digest.h"
#include "sys/environment.h"
#include "sys/file.h"
#include "sys/process.h"

ENUM_DEFINE(GameSource, GAME_SOURCE_WORDS);
ENUM_DEFINE(GameHome, GAME_HOME_WORDS);
SHAPE_DEFINE(Game, GAME);

enum { SHA256_BYTES = 32 };

/* Debian's games are in a folder that a service's PATH rarely has. */
#define GAME_FOLDERS ":/usr/games:/usr/local/games"

typedef struct Finder {
    Arena *arena;
    Str path; /* of programs, and GAME_FOLDERS */
    VEC(Game) games;
} Finder;

typedef struct Place {
    const char *folder;
    GameSource source;
    const char *ending;
} Place;

static bool is_id(Str s) {
    if (!s.n || s.n > GAME_ID_MAX || s.p[0] == '.') return false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("._-", c);
        if (!is_plain) return false;
    }
    return true;
}

static bool has_id(const Finder *f, Str id) {
    for (size_t i = 0; i < f->games.n; i++)
        if (str_eq(f->games.items[i].id, id)) return true;
    return false;
}

/* --- one file ------------------------------------------------------------------------------------------------------- */

static void set_problem(Game *g, Arena *a, const char *text) {
    GIVE(Game, g, problem, text_cut(arena_str(a, str(text)), 900));
}

static bool find_program(const Finder *f, Str name, Str *ret) {
    char path[4096];
    if (!name.n || !process_find_program(name, f->path.p, path, sizeof path)) return false;
    *ret = arena_str(f->arena, str(path));
    return true;
}

static void look_for_program(const Finder *f, Game *g, Str try_exec) {
    const GameManifest *m = g->manifest;
    Str found, program = m->command.items[0];
    if (try_exec.n && !find_program(f, try_exec, &found)) program = try_exec;
    g->is_installed = find_program(f, program, &found);
    if (g->is_installed) {
        GIVE(Game, g, program, found);
        return;
    }
    Str package = m->package;
    set_problem(g, f->arena,
                package.n ? arena_fmt(f->arena, STR_FMT " is not installed; on Debian: apt install " STR_FMT,
                                      STR_ARG(program), STR_ARG(package))
                                .p
                          : arena_fmt(f->arena, STR_FMT " is not installed", STR_ARG(program)).p);
}

/* False: it is no game. */
static bool read_game(const Finder *f, const Place *p, Game *g) {
    CLEANUP(buf_done) Buf text;
    Err e = {0};
    bool is_game = p->source != GAME_DESKTOP;
    Str try_exec = {0};
    GameManifest *m = arena_new_in(f->arena, GameManifest);
    buf_init(&text, GAME_TEXT_MAX);
    int r = file_read(AT_FDCWD, g->path.p, &text, &e);
    if (r >= 0) {
        uint8_t digest[SHA256_BYTES];
        char hex[2 * SHA256_BYTES + 1];
        digest_sha256(buf_str(&text), digest);
        digest_hex(digest, sizeof digest, hex);
        GIVE(Game, g, digest, arena_str(f->arena, str(hex)));
        r = p->source == GAME_DESKTOP ? desktop_read(buf_str(&text), f->arena, m, &is_game, &try_exec, &e)
                                      : manifest_read(buf_str(&text), f->arena, m, &e);
    }
    if (!is_game) return false;
    if (r < 0) {
        g->name = g->id;
        set_problem(g, f->arena, arena_fmt(f->arena, STR_FMT ": %s", STR_ARG(g->path), e.text).p);
        return true;
    }
    GIVE(Game, g, manifest, m);
    g->name = m->name;
    look_for_program(f, g, try_exec);
    return true;
}

/* --- folders -------------------------------------------------------------------------------------------------------- */

/* A desktop entry of a program that a manifest describes adds nothing. */
static bool is_described(const Finder *f, const Game *g) {
    if (!g->manifest) return false;
    Str program = path_last(g->manifest->command.items[0]);
    for (size_t i = 0; i < f->games.n; i++) {
        const Game *other = &f->games.items[i];
        bool is_manifest = other->source != GAME_DESKTOP && other->manifest;
        if (is_manifest && str_eq(path_last(other->manifest->command.items[0]), program)) return true;
    }
    return false;
}

static void add_file(Finder *f, const Place *p, Str file) {
    Str id = str_upto(file, file.n - strlen(p->ending));
    if (f->games.n >= GAMES_MAX || !is_id(id) || has_id(f, id)) return;
    Game g = {.id = arena_str(f->arena, id),
              .source = p->source,
              .path = arena_fmt(f->arena, "%s/" STR_FMT, p->folder, STR_ARG(file))};
    if (!read_game(f, p, &g)) return;
    if (p->source == GAME_DESKTOP && is_described(f, &g)) return;
    vec_push(&f->games, g);
}

static void add_folder(Finder *f, const Place *p) {
    CLEANUP(dir_closep) DIR *dir = opendir(p->folder);
    if (!dir) return;
    for (struct dirent *entry; (entry = readdir(dir));) {
        Str file = str(entry->d_name);
        if (str_ends(file, str(p->ending)) && file.n > strlen(p->ending)) add_file(f, p, file);
    }
}

static const char *xdg(const char *variable, const char *below_home, Arena *a) {
    const char *value = getenv(variable), *home = getenv("HOME");
    if (value && value[0] == '/') return value;
    return arena_fmt(a, "%s/%s", home ? home : "", below_home).p;
}

/* A person's folder first: the first file of an id wins. */
static void add_desktop(Finder *f) {
    const char *dirs = getenv("XDG_DATA_DIRS");
    Str rest = arena_fmt(f->arena, "%s:%s", xdg("XDG_DATA_HOME", ".local/share", f->arena),
                         dirs && *dirs ? dirs : "/usr/local/share:/usr/share"),
        one;
    while (str_split(&rest, ':', &one)) {
        if (!one.n || one.p[0] != '/') continue;
        add_folder(f, &(Place){arena_fmt(f->arena, STR_FMT "/applications", STR_ARG(one)).p, GAME_DESKTOP, ".desktop"});
    }
}

static int by_name(const void *a, const void *b) {
    const Game *x = a, *y = b;
    bool fails_x = x->problem.n > 0, fails_y = y->problem.n > 0;
    if (fails_x != fails_y) return fails_x - fails_y;
    int r = str_cmp(x->name, y->name);
    return r ? r : str_cmp(x->id, y->id);
}

void games_find(const App *app, Arena *a, GameList *ret) {
    const char *path = getenv("PATH");
    Finder f = {.arena = a, .path = arena_fmt(a, "%s" GAME_FOLDERS, path && *path ? path : "/usr/bin:/bin")};
    add_folder(&f,
               &(Place){arena_fmt(a, "%s/muster/games", xdg("XDG_CONFIG_HOME", ".config", a)).p, GAME_OWN, ".yaml"});
    add_folder(&f, &(Place){arena_fmt(a, "%s/../share/muster/games", app->exe_dir).p, GAME_BUILTIN, ".yaml"});
    add_desktop(&f);
    if (f.games.n) qsort(f.games.items, f.games.n, sizeof *f.games.items, by_name);
    vec_take(&f.games, a, ret);
}

int game_get(const App *app, Str id, Arena *a, Game *ret, Err *e) {
    GameList all;
    games_find(app, a, &all);
    for (size_t i = 0; i < all.n; i++) {
        if (!str_eq(all.items[i].id, id)) continue;
        *ret = all.items[i];
        return 0;
    }
    return err_fail(e, ERR_NOT_FOUND, "no game `" STR_FMT "`", STR_ARG(id));
}

int game_check(const Game *g, Err *e) {
    if (!g->problem.n) return 0;
    return err_fail(e, g->manifest ? ERR_MISSING_CLI : ERR_INVALID, STR_FMT, STR_ARG(g->problem));
}
