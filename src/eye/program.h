/* The program inside the eye: started, watched, ended, started again. */
#pragma once

#include <sys/types.h>

#include "eye/eye.h"
#include "eye/quiet.h"

struct Program {
    Eye *eye;
    pid_t pid;    /* 0: none runs */
    Quiet *quiet; /* of it; NULL: none runs */
    bool is_x11, is_stop_asked, has_shown, is_display_lost;
    uint64_t started_ns;
    int n_restarts;
    struct wl_event_source *again; /* the pause before a restart */
    struct wl_event_source *kill;  /* a stop that was not obeyed */
};

void program_init(Eye *eye);
/* The virtual clock, if the configuration asks for one. ERR_PROCESS: its library is missing. */
int program_make_clock(Eye *eye, Err *e);
/* Starts it. On Xwayland that first. ERR_CONFLICT: it runs already. */
int program_start(Eye *eye, Err *e);
/* SIGTERM, after two seconds SIGKILL to its session. */
void program_stop(Eye *eye);
void program_display_ready(Eye *eye); /* Xwayland answers */
void program_display_failed(Eye *eye, const char *why);
/* Xwayland is gone, and with it the program's connection: it is ended, and started again on a new one. */
void program_lost_display(Eye *eye);
bool program_is_quiet(Eye *eye);
void program_describe(Eye *eye, char *ret, size_t size);
