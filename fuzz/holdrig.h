/* For the targets of the hold: one without a child and without a process of its own, whose log lies in memory. */
#pragma once

#include "hold/hold.h"

#define HOLDRIG_LAUNCH "lch_00000000000000000000000000"
#define HOLDRIG_NONCE "0123456789abcdef"

/* `child`: the pipe that stands for the child's stdin. */
Hold *holdrig_new(int child[2]);
void holdrig_free(Hold *h);
/* Connects a client of the hold; peer[1] is the other end and the caller's. */
void holdrig_connect(Client *c, int peer[2]);
void holdrig_drain(int fd);
