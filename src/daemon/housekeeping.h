/* Housekeeping: periodic work while the daemon is running. Loop thread; the work itself on two background threads: what waits
 * for git and for the disks of repositories keeps nothing else from being tidied. A part that has not ended is not begun
 * again. */
#pragma once

#include "core/app.h"

typedef struct Housekeeping Housekeeping;
typedef struct DbConn DbConn;
typedef struct Err Err;

int housekeeping_new(App *app, Housekeeping **ret, Err *e);
void housekeeping_stop(Housekeeping *h);
void housekeeping_free(Housekeeping *h);
/* Begins what does not run. */
void housekeeping_begin(Housekeeping *h);
/* What waits for nothing but the data folder; what asks git and the disks of repositories. */
typedef enum HousekeepingPart { IN_DATA_FOLDER, IN_REPOSITORIES, HOUSEKEEPING_PARTS } HousekeepingPart;
/* Does a part of it now. Worker threads. */
void housekeeping_run(App *app, DbConn *db, HousekeepingPart part);
