/* Housekeeping: periodic work while the daemon is running. Loop thread; the work itself on a worker. */
#pragma once

#include "core/app.h"

typedef struct Housekeeping Housekeeping;
typedef struct DbConn DbConn;
typedef struct Err Err;

int housekeeping_new(App *app, Housekeeping **ret, Err *e);
void housekeeping_stop(Housekeeping *h);
void housekeeping_free(Housekeeping *h);
/* Does all of it now. Worker threads. */
void housekeeping_run(App *app, DbConn *db);
