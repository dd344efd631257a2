/* Answers what programs ask their terminals, and keeps the titles that they set: for every launch with a terminal, from its log as
 * it is derived, whether somebody looks or not.
 *
 * A question is answered once, after its bytes were derived, and only while it is young: not when a log is read again, nor after
 * the daemon was away. The title of a terminal is stored at most once a second.
 */
#pragma once

#include "terminal/terminals.h"

void answers_register(App *app); /* start-up only */
void answers_done(Terminals *t); /* after the loop has ended */
