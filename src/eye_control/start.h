/* Starting an eye: what it runs and how, from the call, the game's manifest and the settings, in this order. */
#pragma once

#include "eye_control/eye_control.h"
#include "eye_control/game.h"

typedef struct EyePlan {
    EyeSetup setup;
    Game game; /* id {NULL,0}: the test pattern */
    Str name;  /* {NULL,0}: the game's */
} EyePlan;

typedef struct EyeWish {
    const EyeSetupIn *config; /* NULL: nothing of it is wished */
    bool has_game;            /* `game` was given: empty for the pattern; else the setting eye.environment */
    Str game, name;
    const Eye *before; /* of a restart: what it was started with; NULL: a new eye */
} EyeWish;

/* Slow thread: reads files and connects to sockets. ERR_INVALID names the field; ERR_CONFLICT: the socket is used;
 * ERR_MISSING_CLI: the game, or muster-eye. */
int eye_plan(App *app, DbConn *db, const EyeWish *w, Arena *a, EyePlan *ret, Err *e);
/* Makes the eye's folder, and its program's home empty. Slow thread, while it does not run. */
int eye_prepare(const App *app, Str id, Arena *a, Err *e);
typedef struct EyeStart {
    App *app;
    Str id; /* a new one, or that of `row` */
    const EyePlan *plan;
    const Principal *who;
    Arena *arena;
} EyeStart;
/* Adds a row with its launch; or a launch to a row whose last one has ended. Inside a write. ERR_CONFLICT. */
int eye_start(Tx *tx, const EyeStart *s, Eye *ret, Err *e);
int eye_start_again(Tx *tx, const EyeStart *s, Eye *row, Err *e);

/* A place for version 1's socket: absolute, in a folder of this user that nobody else can write, and free there or a dead
 * socket of this user. ERR_INVALID, ERR_CONFLICT; `field` is named in the details. Slow thread. */
int socket_path_check(Str path, const char *field, Arena *a, Err *e);
