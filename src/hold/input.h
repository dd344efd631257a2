/* Input: takes numbered inputs part by part, logs them, and writes them to the child without blocking.
 *
 * At most one input is being written to the child and at most one more is complete and waits, so that memory is bounded
 * and a poke overtakes the waiting one. An input is accepted when its last frame is in the log, and never before the
 * previous one is completely written.
 */
#pragma once

#include "base/holdwire.h"
#include "hold/logfile.h"

enum { INPUT_POKES_MAX = 256 * 1024 };

typedef struct Input {
    int fd; /* the child's stdin or the pty; -1 = closed. Owned by the hold's streams */
    bool is_pty;
    uint64_t last;      /* n of the last accepted input */
    uint64_t delivered; /* n of the last completely written input */
    Buf coming;         /* parts of input `coming_n` */
    uint64_t coming_n;  /* 0 = none */
    uint32_t coming_total, coming_logged;
    Buf going; /* what is being written: input `going_n`, or a poke (0) */
    uint64_t going_n;
    size_t sent;
    Buf pokes;
    uint64_t n_poked; /* bytes of all pokes */
    uint64_t n_taken; /* of them, written to the child or dropped */
    bool is_ending;   /* takes no more input and is closed once the rest is written */
} Input;

void input_init(Input *in);
void input_done(Input *in);

/* Takes one part. HOLD_ACK_ACCEPTED means only that nothing is wrong with it: input_accept acknowledges the input. */
HoldAck input_take(Input *in, const HoldInput *part);
void input_poke(Input *in, Str bytes);
/* A client left: discards an input whose parts have not all arrived. */
void input_forget_partial(Input *in);

typedef enum InputStep {
    INPUT_IDLE,     /* nothing to accept now */
    INPUT_ACCEPTED, /* in->last is new: acknowledge it */
    INPUT_HELD      /* the log cannot be written: try again later */
} InputStep;
/* Logs a complete input once the one before it is written, and hands it to the writer. */
InputStep input_accept(Input *in, LogFile *log);

bool input_wants_write(const Input *in);
/* Writes what fits. False: the child closed its stdin. */
bool input_write(Input *in);
/* n of an accepted input that is not yet completely written, 0 = none. */
uint64_t input_unfinished(const Input *in);
/* Takes no more input; accepted inputs and pokes are still written. Returns n of a complete input that was not
 * accepted, 0 = none. */
uint64_t input_end(Input *in);
bool input_is_ended(const Input *in); /* input_end was called and everything is written */
/* As input_end, but discards what is not written. */
uint64_t input_close(Input *in);
