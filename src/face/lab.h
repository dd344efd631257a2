/* The live socket of MetaBonk's own clients: /ws/lab, and at any path of net.lab_port.
 *
 * In: {"type":<command>,"payload"}; the answer has the same type and the payload {"ok","result"|"error"}, whose members are
 * inline too. Out, each second: {"type":"system_health","payload":{"syntheticEye"}}. Members are named as that source's
 * structs print them. Loop thread.
 */
#pragma once

#include "core/app.h"

typedef struct HttpRequest HttpRequest;
typedef struct Principal Principal;

#define LAB_PATH "/ws/lab"
void lab_accept(App *app, HttpRequest *r, const Principal *who);
