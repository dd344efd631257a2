/* GET /api/stream: the envelopes of /ws as lines of JSON (NDJSON), for a client without sockets. Loop thread only. */
#pragma once

#include "core/app.h"
#include "core/auth.h"

#define FACE_STREAM_PATH "/api/stream"
#define FACE_STREAM_ROUTE "GET " FACE_STREAM_PATH

/* Answers with a stream that ends when its client leaves, or refuses. */
void face_stream_accept(App *app, HttpRequest *r, const Principal *who);
