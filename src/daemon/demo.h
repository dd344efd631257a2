/* The demo: a sample repository in the data folder whose agents talk to the scripted model. Everything in it is marked.
 */
#pragma once

#include "core/op.h"
#include "workspace/workspace.h"

typedef struct Demo Demo;

/* Start-up only; sets app->demo_model_url. `model_url`: a model that runs elsewhere, or "" for one in this process. */
int demo_new(App *app, const char *model_url, Demo **ret, Err *e);
void demo_free(Demo *d);
/* Loop thread: ends the model. on_done in this turn or later. */
void demo_stop(Demo *d, void (*on_done)(void *arg), void *arg);

#define DEMO_STARTED(F, S)                                                  \
    F(S, OBJ(Workspace), workspace, .doc = "The sample repository, opened") \
    F(S, STR, model_url, .max_bytes = 256, .doc = "The scripted model's address")
SHAPE(DemoStarted, DEMO_STARTED);
int start_demo(OpCall *c, const void *in, void *out, Err *e);
