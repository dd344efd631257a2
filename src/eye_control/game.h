/* Games that an eye can run: from manifests and from the desktop entries of installed programs.
 *
 * A manifest is a YAML file, NAME.yaml: those that come with Muster, in share/muster/games beside the folder of the program,
 * and a person's own in $XDG_CONFIG_HOME/muster/games, which win. A broken one is listed with its error. Nothing is cached:
 * each call reads what is there now. Slow threads.
 */
#pragma once

#include "base/eyereport.h"
#include "core/app.h"

enum { GAMES_MAX = 2000, GAME_KEYS_MAX = 64, GAME_TEXT_MAX = 64 << 10, GAME_ID_MAX = 128 };

#define GAME_SOURCE_WORDS(W) W(GAME_BUILTIN, "builtin") W(GAME_OWN, "own") W(GAME_DESKTOP, "desktop")
ENUM_DECLARE(GameSource, GAME_SOURCE_WORDS);
/* private: a folder of the eye, empty at each start, so that it always begins alike; own: the person's. */
#define GAME_HOME_WORDS(W) W(GAME_HOME_PRIVATE, "private") W(GAME_HOME_OWN, "own")
ENUM_DECLARE(GameHome, GAME_HOME_WORDS);

#define GAME_KEY(F, S)                                                              \
    F(S, STR, does, .min = 1, .max = 100, .example = "Fire", .doc = "What it does") \
    F(S, STRS, keys, .max = 8, .item_max = 32, .doc = "Keys, named as in input-event-codes.h without KEY_")
SHAPE(GameKey, GAME_KEY);

/* What a person writes. Sizes and rates may be left out. */
#define GAME_MANIFEST(F, S)                                                                                         \
    F(S, STR, name, .min = 1, .max = 100, .is_name = 1, .doc = "Shown in lists")                                    \
    F(S, STRS, command, .max = 256, .item_max = 4096, .doc = "The program and its arguments")                       \
    F(S, STRS, env, .opt = 1, .max = 64, .item_max = 4096, .doc = "NAME=value")                                     \
    F(S, STR, cwd, .opt = 1, .max_bytes = 4096, .doc = "Its working folder; ~ is the home folder")                  \
    F(S, ENUM(GameHome), home, .opt = 1, .has_def = 1, .def = GAME_HOME_PRIVATE,                                    \
      .doc = "Its home folder: private (empty at each start) or own")                                               \
    F(S, I64, width, .opt = 1, .min = 16, .max = EYE_WIDTH_MAX, .doc = "Pixels")                                    \
    F(S, I64, height, .opt = 1, .min = 16, .max = EYE_HEIGHT_MAX, .doc = "Pixels")                                  \
    F(S, BOOL, lockstep, .opt = 1, .doc = "A frame is drawn when a consumer asks for it")                           \
    F(S, I64, hz, .opt = 1, .min = 0, .max = EYE_HZ_MAX, .doc = "Frames a second")                                  \
    F(S, I64, step_timeout_ms, .opt = 1, .min = 1, .max = 60000, .doc = "Real time after which a step ends anyway") \
    F(S, ENUM(EyeTime), clock, .opt = 1, .doc = "real, virtual or barrier")                                         \
    F(S, ENUM(EyeRoute), route, .opt = 1, .doc = "auto, wayland or x11")                                            \
    F(S, I64, seed, .opt = 1, .min = 0, .max = INT64_MAX, .doc = "Of random numbers, with a virtual clock")         \
    F(S, BOOL, draws_cursor, .opt = 1, .doc = "The program's cursor is drawn into the frames")                      \
    F(S, STRS, denied_keys, .opt = 1, .max = 64, .item_max = 32, .doc = "Keys that nobody may press here")          \
    F(S, LIST(GameKey), keys, .opt = 1, .max = GAME_KEYS_MAX, .doc = "How it is played")                            \
    F(S, STR, package, .opt = 1, .max_bytes = 64, .example = "kobodeluxe", .doc = "Debian package that has it")     \
    F(S, STR, notes, .opt = 1, .max = 2000, .doc = "What is known of it")
SHAPE(GameManifest, GAME_MANIFEST);

#define GAME(F, S)                                                                                            \
    F(S, STR, id, .min = 1, .max_bytes = GAME_ID_MAX, .example = "kobodeluxe", .doc = "The name of its file") \
    F(S, STR, name, .max = 200, .doc = "Shown in lists")                                                      \
    F(S, ENUM(GameSource), source,                                                                            \
      .doc = "builtin, own (a manifest of the person), or desktop (an installed program)")                    \
    F(S, STR, path, .max_bytes = 4096, .doc = "Its file")                                                     \
    F(S, STR, digest, .opt = 1, .max_bytes = 64, .doc = "SHA-256 of that file")                               \
    F(S, OBJ(GameManifest), manifest, .opt = 1, .doc = "How it is run; left out: the file is broken")         \
    F(S, BOOL, is_installed, .doc = "Its program was found")                                                  \
    F(S, STR, program, .opt = 1, .max_bytes = 4096, .doc = "Where")                                           \
    F(S, STR, problem, .opt = 1, .max_bytes = 1000, .doc = "Why it cannot be started")
SHAPE(Game, GAME);

/* Sorted by name; what cannot be started behind the rest. */
void games_find(const App *app, Arena *a, GameList *ret);
/* ERR_NOT_FOUND. */
int game_get(const App *app, Str id, Arena *a, Game *ret, Err *e);
/* ERR_INVALID: its file is broken; ERR_MISSING_CLI: it is not installed. */
int game_check(const Game *g, Err *e);

/* The text of a manifest. ERR_INVALID says where it is wrong. */
int manifest_read(Str text, Arena *a, GameManifest *ret, Err *e);
/* The text of a desktop entry (Desktop Entry Specification 1.5). *ret_is_game: it is of the category Game, may be shown, and
 * needs no terminal. ERR_INVALID: it is, and cannot be run. Pure but for TryExec, which is in *ret_try. */
int desktop_read(Str text, Arena *a, GameManifest *ret, bool *ret_is_game, Str *ret_try, Err *e);
