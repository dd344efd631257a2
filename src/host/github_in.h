/* GitHub's GraphQL and REST, through `gh api`: https://docs.github.com/en/graphql, https://docs.github.com/en/rest. */
#pragma once

#include "host/host_in.h"

/* One query of a repository: its variables begin with owner and name. Add more, then run it. */
typedef struct GithubQuery {
    const Host *host;
    Buf buf; /* owned */
    JsonOut vars;
} GithubQuery;
int github_query_begin(const Host *h, GithubQuery *ret, Err *e);
void github_query_done(GithubQuery *q); /* CLEANUP hook */
/* Adds `after` if it is given. */
void github_query_after(GithubQuery *q, Str after);
int github_query_run(GithubQuery *q, const char *text, Json **ret, Err *e);
/* The cursor of the page after a connection; {NULL,0}: it was the last one. */
Str github_next(Answer *a, const Json *connection);
