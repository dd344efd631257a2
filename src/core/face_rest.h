/* REST: an HTTP request becomes an operation's call. Loop thread only. */
#pragma once

#include <stdbool.h>

#include "base/str.h"
#include "core/app.h"

typedef struct HttpHeader HttpHeader;
typedef struct HttpRequest HttpRequest;
typedef struct Err Err;

/* True for a path that this face serves ("/api/…", and "*"). */
bool face_rest_serves(const HttpRequest *r);
/* Before the body is read: refuses a stranger. False when it was answered. */
bool face_rest_head(App *app, HttpRequest *r);
/* For HttpHandler.own: what lets a page of an allowed origin read the answer. No page may send its browser's
 * credentials, and none of another origin reads anything. */
int face_rest_share(const App *app, const HttpRequest *r, HttpHeader *ret);
/* Answers in this turn or a later one. */
void face_rest_request(App *app, HttpRequest *r);
/* The error envelope with its status; a 405 names in `allow` what is served there. */
void face_rest_error(HttpRequest *r, const Err *e);
void face_rest_refuse(HttpRequest *r, const Err *e, Str allow);
