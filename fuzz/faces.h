/* For the targets of the live faces: one daemon without launches for the whole process, and a client for each input. */
#pragma once

#include "core/test_app.h"

typedef struct HttpRequest HttpRequest;
typedef struct TopicDef TopicDef;

typedef struct Face {
    void (*accept)(App *app, HttpRequest *r, const Principal *who);
    const char *protocol;           /* the header line that requests it, with its line end; or "" */
    const char *last, *last_answer; /* a message, and a part that only its answer contains */
    void (*on_message)(Str text);
    const TopicDef *const *topics; /* NULL: none */
} Face;

/* Each line is one message; what follows 0xFF at a line's start is sent as binary. Returns when the last one is answered or
 * the face has closed the connection. */
void face_talk(const Face *face, Str lines);
