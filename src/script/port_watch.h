/* Names the ports on which run scripts listen: ScriptRun.ports, kept true while a run is young or somebody looks.
 *
 * For the first minute of a run, as long as somebody follows its workspace, and for some seconds after its runs were listed, the
 * sockets of its process tree are looked at, in the background; what has changed is stored and reported as script_run of
 * workspace_updated. Nothing is looked at otherwise.
 */
#pragma once

#include "script/script.h"

typedef struct PortWatch PortWatch;

PortWatch *port_watch_new(App *app);
void port_watch_stop(PortWatch *w); /* loop thread; NULL is fine, here and below */
void port_watch_free(PortWatch *w); /* after the pools and the loop have ended */

/* Any thread. A run that it knows already stays as it is. */
void port_watch_add(App *app, const ScriptRun *r);
/* Somebody has asked for the runs of a workspace. Any thread. */
void port_watch_look(App *app, Str workspace_id);
