/* What the conformance suite's module (wlcs.c) needs of an eye. One thread uses it; it sees the server's side of Wayland, the
 * module the client's. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct Suite Suite;
typedef enum SuiteKind { SUITE_BUTTON = 2, SUITE_MOTION = 3, SUITE_POSITION = 4 } SuiteKind; /* EyeAbiInputKind */
typedef struct SuiteInput {
    SuiteKind kind;
    int code, a, b;
} SuiteInput;

Suite *suite_open(void); /* an eye whose windows keep their own size; NULL: it cannot be opened */
void suite_close(Suite *s);
int suite_fd(const Suite *s);
void suite_turn(Suite *s);   /* all that is due */
int suite_connect(Suite *s); /* the client's end of a new connection, the caller's */
/* Puts a window's geometry there: of the client that has that descriptor, its surface by its number. */
void suite_place(Suite *s, int client_fd, uint32_t surface, int x, int y);
void suite_input(Suite *s, const SuiteInput *in);
