/* What a call asks for, as far as a rule can see it: the one place that knows where the tools of each CLI name their
 * command and their files. Pure; any thread. */
#pragma once

#include "base/json.h"
#include "base/shape.h"

enum { ASK_PATHS_MAX = 64, ASK_PATH_MAX = 4096 };

/* All borrowed from the input, or in the arena. */
typedef struct AskWhat {
    Str command;     /* for a shell; {NULL,0}: none */
    StrList argv;    /* or its words, which no shell has joined */
    StrList paths;   /* files that it names, as it names them */
    StrList folders; /* where it runs, likewise */
    bool is_wrapped; /* the agent puts a shell around each of its commands */
    bool is_known;   /* the tool is in the table: it names nothing else, unless `unclear` says so */
    Str unclear;     /* why these are not all of it, as a sentence; {NULL,0}: they are */
} AskWhat;

/* Of a tool that the table does not have, what is usual. */
void ask_what(Str tool, const Json *input, Arena *a, AskWhat *ret);
