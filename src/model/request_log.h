/* The request log of the scripted model: one JSON line per request, as independent evidence for tests. */
#pragma once

#include "model/scenario.h"

typedef struct RequestLine {
    Str method, path;
    Str session; /* x-claude-code-session-id, or empty */
    Str model;
    const ScriptTurn *turn; /* NULL: not a request for messages */
    bool is_stream;
    int status;
} RequestLine;

/* Appends with one write, so that lines of several writers never mix. */
void request_log_add(int fd, const RequestLine *l);
