/* REST: turns an HTTP request into a call of an operation. Loop thread only. */
#pragma once

#include <stdbool.h>

#include "base/str.h"
#include "core/app.h"

typedef struct HttpHeader HttpHeader;
typedef struct HttpRequest HttpRequest;
typedef struct Err Err;

/* True for a path that this face serves ("/api/…" and "*"). */
bool face_rest_serves(const HttpRequest *r);
/* Refuses a caller that is not admitted, before its body is read. False when the request was answered. */
bool face_rest_head(App *app, HttpRequest *r);
/* For HttpHandler.own: the headers that let a page of an allowed origin read the answer. No page may send the browser's
 * credentials, and a page of any other origin cannot read anything. */
int face_rest_share(const App *app, const HttpRequest *r, HttpHeader *ret);
/* Answers in this turn of the loop or a later one. */
void face_rest_request(App *app, HttpRequest *r);
/* Sends the error envelope with its status; for a 405, `allow` lists the methods served there. */
void face_rest_error(HttpRequest *r, const Err *e);
void face_rest_refuse(HttpRequest *r, const Err *e, Str allow);
/* The same for a caller that is not admitted: without a valid token, the call counts against the limit of its address. */
void face_rest_refuse_caller(const App *app, HttpRequest *r, const Err *e, Str allow);
