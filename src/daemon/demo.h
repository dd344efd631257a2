/* The demo: a sample repository in the data folder whose agents talk to the scripted model. Everything in it is marked.
 */
#pragma once

#include "agent/agent.h"
#include "core/op.h"
#include "daemon/config.h"
#include "workspace/workspace.h"

typedef struct Demo Demo;

/* Start-up only; sets app->samples. The scripted model runs at the configured address, otherwise in this process. */
int demo_new(App *app, const Config *c, Demo **ret, Err *e);
void demo_free(Demo *d);
/* Loop thread: stops the model. on_done is called in this turn or later. */
void demo_stop(Demo *d, void (*on_done)(void *arg), void *arg);

#define DEMO_STARTED(F, S)                                                  \
    F(S, OBJ(Workspace), workspace, .doc = "The sample repository, opened") \
    F(S, STR, model_url, .max_bytes = 256, .doc = "The scripted model's address")
SHAPE(DemoStarted, DEMO_STARTED);
int start_demo(OpCall *c, const void *in, void *out, Err *e);
