#include "eye_control/game.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "base/test.h"
#include "eye_control/requirement.h"
#include "sys/file.h"

TEST(manifest_says_how_a_game_is_run) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    GameManifest m;
    Err e = {0};
    CHECK_OK(
        manifest_read(STR("name: Kobo Deluxe\ncommand: [kobodl, -nosound]\nenv: [SDL_AUDIODRIVER=dummy]\nwidth: 640\n"
                          "height: 480\nroute: x11\nclock: barrier\nlockstep: true\nkeys:\n"
                          "  - {does: Fly, keys: [UP, DOWN]}\n"),
                      a, &m, &e),
        e);
    CHECK_STR(m.name, "Kobo Deluxe");
    CHECK_I64(m.command.n, 2);
    CHECK_I64(m.route, EYE_ROUTE_X11);
    CHECK_I64(m.clock, EYE_TIME_BARRIER);
    CHECK(m.lockstep && HAS(GameManifest, &m, lockstep));
    CHECK(!HAS(GameManifest, &m, hz));
    CHECK_I64(m.home, GAME_HOME_PRIVATE);
    CHECK_STR(m.keys.items[0].does, "Fly");
}

TEST(manifest_that_is_broken_is_refused_with_what_is_wrong) {
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"name: X\n", "command"},
        {"name: X\ncommand: []\n", "command names no program"},
        {"name: X\ncommand: [\"\"]\n", "command names no program"},
        {"name: X\ncommand: [x]\nfps: 3\n", "fps"},
        {"name: X\ncommand: [x]\nwidth: 640\n", "width and height belong together"},
        {"name: X\ncommand: [x]\nwidth: 641\nheight: 480\n", "width and height must be even"},
        {"name: X\ncommand: [x]\nwidth: 99999\nheight: 480\n", "width"},
        {"name: X\ncommand: [x]\nroute: directx\n", "route"},
        {"name: X\ncommand: [x]\nenv: [NOTHING]\n", "env[0] is not NAME=value"},
        {"name: X\ncommand: [x]\nkeys: [{does: Fly}]\n", "keys[0].keys"},
        {"[1, 2]\n", "a manifest is a list"},
        {"name: [\n", "line 2"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CLEANUP(arena_freep) Arena *a = arena_new();
        GameManifest m;
        Err e = {0};
        CHECK_ERR(manifest_read(str(cases[i].text), a, &m, &e), e, ERR_INVALID);
        if (!str_starts(str(e.text), str(cases[i].says)))
            test_fail(__FILE__, __LINE__, "%s: says %s", cases[i].text, e.text);
    }
}

#define ENTRY(rest) "[Desktop Entry]\nType=Application\nName=A game\nCategories=Game;ArcadeGame;\n" rest

TEST(desktop_entry_of_a_game_says_how_it_is_run) {
    static const struct {
        const char *text, *argv; /* joined by | */
    } cases[] = {
        {ENTRY("Exec=kobodl\n"), "kobodl"},
        {ENTRY("Exec=kobodl -x %F\n"), "kobodl|-x"},
        {ENTRY("Exec=\"/opt/a game/run\" \"\" --title=%c --all=100%%\n"), "/opt/a game/run||--title=A game|--all=100%"},
        {ENTRY("Exec=sh -c \"echo \\\\$HOME\"\n"), "sh|-c|echo $HOME"},
        {ENTRY("Exec=  a   b\t c  \n"), "a|b|c"},
        {ENTRY("Exec=a %i %u\nName[de]=Ein Spiel\n# Exec=b\n[Desktop Action New]\nExec=c\n"), "a"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CLEANUP(arena_freep) Arena *a = arena_new();
        CLEANUP(buf_done) Buf joined;
        GameManifest m;
        bool is_game;
        Str try_exec;
        Err e = {0};
        CHECK_OK(desktop_read(str(cases[i].text), a, &m, &is_game, &try_exec, &e), e);
        CHECK(is_game);
        CHECK_STR(m.name, "A game");
        CHECK_I64(m.home, GAME_HOME_OWN);
        buf_init(&joined, 4096);
        for (size_t k = 0; k < m.command.n; k++) {
            if (k) buf_add_c(&joined, '|');
            buf_add_str(&joined, m.command.items[k]);
        }
        CHECK_STR(buf_str(&joined), cases[i].argv);
    }
}

TEST(desktop_entry_that_is_no_game_to_show_is_left_out) {
    static const char *const cases[] = {
        "",
        "[Desktop Entry]\nType=Application\nName=X\nExec=x\nCategories=Office;\n",
        "[Desktop Entry]\nType=Link\nName=X\nExec=x\nCategories=Game;\n",
        ENTRY("Exec=x\nNoDisplay=true\n"),
        ENTRY("Exec=x\nHidden=true\n"),
        ENTRY("Exec=x\nTerminal=true\n"),
        "[Other]\nType=Application\nCategories=Game;\nExec=x\n",
        ENTRY("Exec=\xff\n"),
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CLEANUP(arena_freep) Arena *a = arena_new();
        GameManifest m;
        bool is_game = true;
        Str try_exec;
        Err e = {0};
        CHECK_OK(desktop_read(str(cases[i]), a, &m, &is_game, &try_exec, &e), e);
        CHECK(!is_game);
    }
    CLEANUP(arena_freep) Arena *a = arena_new();
    GameManifest m;
    bool is_game;
    Str try_exec;
    Err e = {0};
    CHECK_ERR(desktop_read(STR(ENTRY("")), a, &m, &is_game, &try_exec, &e), e, ERR_INVALID);
    CHECK(is_game);
}

/* --- folders --- */

static const char *put(Arena *a, const char *path, const char *text, mode_t mode) {
    Err e = {0};
    const char *full = arena_fmt(a, "%s/%s", test_dir(), path).p;
    CHECK_OK(file_mkdirs(arena_cstr(a, str_upto(str(full), strlen(full) - path_last(str(full)).n - 1)), 0700, &e), e);
    CHECK_OK(file_write_atomic(-100, full, str(text), mode, &e), e);
    return full;
}

static const Game *find(const GameList *all, const char *id) {
    for (size_t i = 0; i < all->n; i++)
        if (str_is(all->items[i].id, id)) return &all->items[i];
    return NULL;
}

TEST(games_are_found_in_all_folders_and_a_broken_one_hides_no_other) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Err e = {0};
    App app = {.exe_dir = arena_fmt(a, "%s/usr/bin", test_dir()).p};
    setenv("XDG_CONFIG_HOME", arena_fmt(a, "%s/config", test_dir()).p, 1);
    setenv("XDG_DATA_HOME", arena_fmt(a, "%s/data", test_dir()).p, 1);
    setenv("XDG_DATA_DIRS", arena_fmt(a, "%s/shared", test_dir()).p, 1);
    setenv("PATH", arena_fmt(a, "%s/usr/bin", test_dir()).p, 1);
    put(a, "usr/bin/fly", "#!/bin/sh\n", 0755);
    put(a, "usr/bin/jump", "#!/bin/sh\n", 0755);
    put(a, "usr/share/muster/games/fly.yaml", "name: Built-in\ncommand: [fly]\n", 0600);
    put(a, "usr/share/muster/games/gone.yaml", "name: Gone\ncommand: [no-such-game]\npackage: gone-game\n", 0600);
    put(a, "config/muster/games/fly.yaml", "name: My own\ncommand: [fly, --fast]\n", 0600);
    put(a, "config/muster/games/bad.yaml", "name: [\n", 0600);
    put(a, "config/muster/games/notes.txt", "no game\n", 0600);
    put(a, "shared/applications/jump.desktop", ENTRY("Exec=jump %U\n"), 0600);
    put(a, "shared/applications/fly.other.desktop", ENTRY("Exec=fly\n"), 0600);
    put(a, "shared/applications/try.desktop", ENTRY("Exec=jump\nTryExec=not-there\n"), 0600);
    put(a, "shared/applications/office.desktop", "[Desktop Entry]\nType=Application\nCategories=Office;\nExec=x\n",
        0600);
    GameList all;
    games_find(&app, a, &all);
    CHECK_I64(all.n, 5);
    CHECK_STR(all.items[0].name, "A game"); /* what can be started first, by name */
    CHECK_STR(all.items[1].name, "My own");
    CHECK_I64(find(&all, "fly")->source, GAME_OWN);
    CHECK_I64(find(&all, "fly")->digest.n, 64);
    CHECK(find(&all, "fly")->is_installed);
    CHECK_STR(find(&all, "gone")->problem, "no-such-game is not installed; on Debian: apt install gone-game");
    CHECK(!find(&all, "bad")->manifest && find(&all, "bad")->problem.n);
    CHECK_I64(find(&all, "jump")->source, GAME_DESKTOP);
    CHECK_STR(find(&all, "try")->problem, "not-there is not installed");
    CHECK(!find(&all, "office") && !find(&all, "fly.other"));
    CHECK_ERR(game_check(find(&all, "gone"), &e), e, ERR_MISSING_CLI);
    CHECK_ERR(game_check(find(&all, "bad"), &e), e, ERR_INVALID);
    Game g;
    CHECK_ERR(game_get(&app, STR("nothing"), a, &g, &e), e, ERR_NOT_FOUND);
}

TEST(versions_are_compared_by_number) {
    CHECK(version_is_at_least(STR("5.15.0-91-generic"), 5, 15));
    CHECK(version_is_at_least(STR("6.1"), 5, 15));
    CHECK(version_is_at_least(STR("12"), 11, 0));
    CHECK(!version_is_at_least(STR("5.9.1"), 5, 15));
    CHECK(!version_is_at_least(STR("10.2"), 11, 0));
    CHECK(!version_is_at_least(STR(""), 11, 0));
    CHECK(!version_is_at_least(STR("unknown"), 0, 0));
}
