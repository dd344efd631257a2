/* REST: answers that are files (op_body.h), sent in pieces as the client reads them. Loop thread only; the file is read on
 * slow threads. */
#pragma once

#include "base/str.h"
#include "core/app.h"

typedef struct HttpRequest HttpRequest;
typedef struct OpFile OpFile;

/* Answers the request; takes the file's descriptor. A byte range of the request (RFC 9110 14.2, one range) is honoured.
 * The answer keeps a browser from showing the content as a page of ours (RFC 6266: attachment). */
void face_file_send(App *app, HttpRequest *r, OpFile *f);
/* The value of Content-Disposition for a file's name: in ASCII, and in UTF-8 (RFC 6266 4.3, RFC 8187). */
void face_file_disposition(Str name, Buf *out);
/* One range of a file of `size` bytes: *ret_from and *ret_n. False: the header is absent, malformed or names several, and
 * is to be ignored; with *ret_n 0, no byte is in the range. */
bool face_file_range(Str header, int64_t size, int64_t *ret_from, int64_t *ret_n);
