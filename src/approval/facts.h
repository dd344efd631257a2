/* Reads what an ask asks for: the arguments of its call, and where the files that it names really are. Where they are is
 * asked of the file system for two seconds at most; worker threads. */
#pragma once

#include "approval/match.h"
#include "sys/errand.h"

typedef struct FactsOf {
    Str tool, input;  /* JSON; may be empty */
    Str folder;       /* the worktree; empty: none, so that no path can be resolved */
    Errands *errands; /* of the app */
    bool is_titled;   /* the agent gives no arguments: the command is the title of its call */
} FactsOf;
void facts_read(const FactsOf *of, Arena *a, AskFacts *ret);
