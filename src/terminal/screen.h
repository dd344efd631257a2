/* Screens of a launch's terminal: any moment of its log, drawn from the newest snapshot before it and the log in between.
 *
 * A snapshot is a file `screen.<offset>` beside the log, one for each MiB of it, made in the background and removed when the
 * log before it is: anything in it can be drawn again. A file that is damaged is passed over. Blocking: slow pool.
 */
#pragma once

#include "core/launch.h"
#include "term/term.h"

enum { SCREEN_EVERY = 1 << 20, SCREEN_REPLAY_MAX = 4 << 20 };

typedef struct ScreenWant {
    uint64_t upto;   /* frames that end behind it are left out; UINT64_MAX: all */
    TimeUs until;    /* frames later than it are left out; 0: none */
    bool is_blank;   /* only the size and the place are asked for: nothing is drawn */
    bool keeps;      /* writes the snapshots that are passed */
    uint64_t budget; /* bytes of log to draw; 0: without limit. A screen that would need more begins empty */
} ScreenWant;

typedef struct Screen {
    Term *term;      /* owned */
    uint64_t offset; /* the log is drawn up to here */
    TimeUs at;       /* of its last frame, 0: none */
    bool has_more;   /* there is more to keep */
    bool is_partial; /* begins behind something that is missing: what was drawn before may be missing on it */
    Buf exit;        /* owned; the body of the exit frame, where the screen is behind it; else empty */
} Screen;
void screen_done(Screen *s);

/* What the terminal of a launch is at first. ERR_NOT_FOUND: no such launch. ERR_INVALID: it has no terminal. */
int screen_first_size(DbConn *db, Str launch_id, TermSize *ret, Err *e);
int screen_load(const App *app, Str launch_id, TermSize first, const ScreenWant *want, Screen *ret, Err *e);
/* Writes the snapshots that are due, at most about SCREEN_REPLAY_MAX of log at once; removes those whose log is gone.
 * *ret_more: call again. */
int screen_keep(const App *app, Str launch_id, TermSize first, bool *ret_more, Err *e);
