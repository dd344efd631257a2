/* The live socket of the agent manager's own clients: /ws without a subprotocol.
 *
 * In: {"type":"subscribe:agent","payload":{"agentId"}} and unsubscribe:agent, subscribe:workspace,
 * unsubscribe:workspace, ping. Out: {"type","payload","timestamp"} with the payload's fields inline too: agent:output,
 * agent:status, agent:context, agent:error, agent:terminated, workspace:updated, usage:updated, subscribed,
 * unsubscribed, pong, error. Live only: what happened before a subscription is available by REST. Loop thread.
 */
#pragma once

#include "core/app.h"

typedef struct HttpRequest HttpRequest;
typedef struct Principal Principal;

void manager_ws_accept(App *app, HttpRequest *r, const Principal *who);
