/* Frames of a WebSocket client from bytes (RFC 6455 section 5), strictly. No I/O; the fuzz target drives it.
 *
 * A frame that lies whole in the input is unmasked in place and handed out without a copy; bytes are kept only when
 * a frame or a message is split, so that an idle connection holds no buffer.
 */
#pragma once

#include "net/ws.h"

typedef enum WsStep {
    WS_STEP_MORE,    /* all input was used */
    WS_STEP_MESSAGE, /* a whole text or binary message */
    WS_STEP_CONTROL, /* a ping, pong or close */
    WS_STEP_FAIL     /* fail the connection with `code` */
} WsStep;

/* Borrowed until the next call. */
typedef struct WsEvent {
    WsOpcode op;
    Str payload; /* of a close: its reason */
    int code;    /* of a close: its code, WS_NO_CODE without; of a failure: ours */
} WsEvent;

enum {
    WS_GOING_AWAY = 1001,
    WS_PROTOCOL_ERROR = 1002,
    WS_NO_CODE = 1005,  /* never sent: a close without a code (7.4.1) */
    WS_ABNORMAL = 1006, /* never sent: the connection was lost */
    WS_BAD_TEXT = 1007,
    WS_TOO_BIG = 1009,
    WS_CONTROL_MAX = 125,
    WS_CLIENT_HEAD_MAX = 14
};

typedef struct Utf8Check {
    uint8_t n_more;    /* continuation bytes still to come */
    uint8_t low, high; /* range of the next one */
} Utf8Check;

typedef struct WsParse {
    size_t message_max;
    uint64_t left; /* payload bytes of this frame still to come */
    Buf message;   /* owned: parts of a message that is not complete */
    Buf control;   /* owned: parts of a control frame that is split */
    uint8_t head[WS_CLIENT_HEAD_MAX];
    uint8_t head_n;     /* bytes of the head collected so far */
    uint8_t mask_at;    /* of the next payload byte, 0 to 3 */
    uint8_t message_op; /* of the message that is not complete, 0 = none */
    bool in_payload;
    bool is_delivered; /* the bytes of the buffer were handed out and go at the next call */
    Utf8Check utf8;
} WsParse;

void ws_parse_init(WsParse *p, size_t message_max);
void ws_parse_done(WsParse *p);
/* Takes bytes of `in` (which it may change) until something is complete. */
WsStep ws_parse_feed(WsParse *p, char *in, size_t n, size_t *ret_used, WsEvent *ret);

/* Continues the check over the next bytes of a text; false: it can not become UTF-8 any more. */
bool utf8_check(Utf8Check *u, Str s);
static inline bool utf8_is_complete(const Utf8Check *u) { return u->n_more == 0; }
/* May this code stand in a close frame? RFC 6455 7.4.2 and the registry of close codes. */
bool ws_is_close_code(int code);
