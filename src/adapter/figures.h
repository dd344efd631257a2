/* Figures of a tool call: lines added and removed, exit code, duration. What a CLI does not say is left out, never 0.
 * Any thread. */
#pragma once

#include "adapter/event_cli.h"
#include "base/json.h"

typedef struct LineCount {
    int64_t added, removed;
} LineCount;

/* Lines of a whole text; the last one may lack its newline. */
int64_t figures_lines(Str text);
/* Counts what turns `before` into `after`, as the shortest difference of lines (Myers 1986). False: too much differs to
 * be counted within bounds. */
bool figures_change(Str before, Str after, LineCount *ret);
/* Adds the lines of a unified diff to *ret, hunk by hunk. False: it is none. */
bool figures_patch(Str diff, LineCount *ret);

void figures_give_lines(EvToolEnd *v, LineCount n);
/* Nothing unless it is an integer that an exit code can be. */
void figures_give_exit(EvToolEnd *v, const Json *code);
/* Milliseconds; nothing unless it is a number that is not negative. */
void figures_give_ms(EvToolEnd *v, const Json *ms);
