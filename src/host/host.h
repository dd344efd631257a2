/* Hosts: pull requests, their checks and review comments, and issues of GitHub and GitLab.
 *
 * The person's own program (gh or glab) reaches the host, with its login. Muster has no token, stores nothing of what a host
 * answers, and asks only when somebody looks. GitLab's merge requests have the same names as GitHub's pull requests.
 * Everything that a host answers was written by others: it is bounded, cleaned for display, and quoted where an agent reads
 * it. Worker threads.
 */
#pragma once

#include "core/op.h"

/* Creates App.hosts, which keeps for half a minute who is logged in. Start-up only. */
void host_register(App *app);
void host_done(App *app); /* after the pools have ended */

extern const Op host_ops[], pull_ops[];
