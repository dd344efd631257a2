/* GitLab's REST interface through `glab api`: https://docs.gitlab.com/api/rest/. Cursors are numbers of pages. */
#pragma once

#include "host/host_in.h"

/* "projects/owner%2Fname" and what follows it. */
__attribute__((format(printf, 2, 3))) const char *gitlab_path(const Host *h, const char *fmt, ...);
int gitlab_get(const Host *h, const char *path, Json **ret, Err *e);
/* ERR_INVALID: `after` is not a cursor of a list. */
int gitlab_page(Str after, int64_t *ret, Err *e);
/* The cursor after a page of `limit` rows that has `n`; {NULL,0}: it was the last one. */
Str gitlab_next(const Host *h, const Json *list, int64_t limit, int64_t page);
/* Of a pipeline or a job. */
PullCheckState gitlab_check_state(Str word);
