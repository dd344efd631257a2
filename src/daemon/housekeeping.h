/* Housekeeping: what is done now and then while the daemon runs. Loop thread; the work itself on a worker. */
#pragma once

#include "core/app.h"

typedef struct Housekeeping Housekeeping;
typedef struct DbConn DbConn;
typedef struct Err Err;

int housekeeping_new(App *app, Housekeeping **ret, Err *e);
void housekeeping_stop(Housekeeping *h);
void housekeeping_free(Housekeeping *h);
/* All of it, now. Worker threads. */
void housekeeping_run(App *app, DbConn *db);
