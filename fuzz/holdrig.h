/* For the targets of the hold: a hold without a child and inside this process, with its log in memory. */
#pragma once

#include "hold/hold.h"

#define HOLDRIG_LAUNCH "lch_00000000000000000000000000"
#define HOLDRIG_NONCE "0123456789abcdef"

/* `child`: the pipe that replaces the child's stdin. */
Hold *holdrig_new(int child[2]);
void holdrig_free(Hold *h);
/* Connects a client to the hold; the caller owns peer[1], the other end. */
void holdrig_connect(Client *c, int peer[2]);
void holdrig_drain(int fd);
