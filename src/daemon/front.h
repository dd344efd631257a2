/* The front door: one HTTP server on loopback and on the Unix socket, and who serves which path. Loop thread. */
#pragma once

#include "core/app.h"
#include "daemon/config.h"

typedef struct Front Front;

int front_new(App *app, Front **ret, Err *e);
/* ERR_CONFLICT when the port is taken. */
int front_listen(Front *f, const Config *c, Err *e);
int front_port(const Front *f);
void front_stop(Front *f, void (*on_done)(void *arg), void *arg);
void front_free(Front *f);
