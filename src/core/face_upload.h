/* REST: bodies that are files (op_body.h). Loop thread only; files are written on slow threads, one piece at a time. */
#pragma once

#include "core/dispatch.h"

typedef struct HttpRequest HttpRequest;
typedef struct Upload Upload;

/* At once, and of one principal, so that a slow client cannot keep everybody else out. A browser opens at most 6
 * connections to one server: a page that sends all its files at once stays below that, and leaves some to the command
 * line of the same person. */
enum { UPLOADS_MAX = 16, UPLOADS_OF_ONE = 8 };

/* In on_head, with a task that is complete but for its body: takes the task. on_done gets the request as its arg. On an
 * error the task still belongs to the caller. ERR_BUSY: too many are arriving, in all or from this caller. */
int upload_begin(App *app, HttpRequest *r, OpTask *t, const Op *op, OpDoneFn on_done, Err *e);
/* In on_request, with http_body_arg: all of it is here. The call runs and is answered. */
void upload_end(Upload *u);
