/* For the targets of the live faces: one daemon without launches for the whole process, and a client of it for each input.
 */
#pragma once

#include "core/test_app.h"

typedef struct HttpRequest HttpRequest;

typedef struct Face {
    void (*accept)(App *app, HttpRequest *r, const Principal *who);
    const char *protocol;           /* the header line that asks for it, with its end; or "" */
    const char *last, *last_answer; /* a message, and a part of what answers it alone */
    void (*on_message)(Str text);
} Face;

/* Each line is one message; a line that begins with 0xFF goes as binary. Returns when the last one was answered, or the
 * face closed the connection. */
void face_talk(const Face *face, Str lines);
