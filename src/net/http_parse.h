/* One HTTP/1.1 request from bytes: llhttp with stricter rules and limits. No I/O; a fuzz target drives it.
 *
 * The whole head is collected, checked line by line for what llhttp accepts (folded lines, a space before the colon,
 * bare CR or LF), then parsed in place: the request's text points into `head`, which does not move any more.
 */
#pragma once

#include <llhttp.h>

#include "net/http_body.h"

/* member, status, code, text */
#define HTTP_REFUSAL_LIST(R)                                                              \
    R(HTTP_BAD_SYNTAX, 400, ERR_INVALID, "the request is not valid HTTP")                 \
    R(HTTP_BAD_LINE_END, 400, ERR_INVALID, "a line does not end with CR LF")              \
    R(HTTP_FOLDED_LINE, 400, ERR_INVALID, "a header line is folded")                      \
    R(HTTP_SPACE_IN_NAME, 400, ERR_INVALID, "a header name contains white space")         \
    R(HTTP_DOUBLED_HEADER, 400, ERR_INVALID, "a header that may occur once occurs twice") \
    R(HTTP_BAD_HOST, 400, ERR_INVALID, "exactly one Host header is required")             \
    R(HTTP_BAD_LENGTH, 400, ERR_INVALID, "the length of the body is ambiguous")           \
    R(HTTP_BAD_TARGET, 400, ERR_INVALID, "the path is not valid")                         \
    R(HTTP_BAD_UPGRADE, 400, ERR_INVALID, "the WebSocket handshake is not valid")         \
    R(HTTP_BAD_CHUNKS, 400, ERR_INVALID, "the chunk framing is too large for the body")   \
    R(HTTP_SLOW_REQUEST, 408, ERR_TIMEOUT, "the request took too long to arrive")         \
    R(HTTP_BODY_TOO_LARGE, 413, ERR_TOO_LARGE, "the body is too large")                   \
    R(HTTP_TARGET_TOO_LONG, 414, ERR_TOO_LARGE, "the request line is too long")           \
    R(HTTP_BAD_EXPECTATION, 417, ERR_INVALID, "unknown expectation")                      \
    R(HTTP_WRONG_WS_VERSION, 426, ERR_UPGRADE, "the WebSocket version must be 13")        \
    R(HTTP_HEAD_TOO_LARGE, 431, ERR_TOO_LARGE, "the headers are too large or too many")   \
    R(HTTP_UNKNOWN_METHOD, 501, ERR_NOT_IMPLEMENTED, "unknown method")                    \
    R(HTTP_TOO_MANY_CONNS, 503, ERR_BUSY, "too many connections")                         \
    R(HTTP_WRONG_VERSION, 505, ERR_NOT_IMPLEMENTED, "the HTTP version must be 1.1 or 1.0")

#define HTTP_REFUSAL_MEMBER_(name, status, code, text) name,
typedef enum HttpRefusal { HTTP_NOT_REFUSED, HTTP_REFUSAL_LIST(HTTP_REFUSAL_MEMBER_) HTTP_REFUSALS } HttpRefusal;
#undef HTTP_REFUSAL_MEMBER_

int http_refusal_status(HttpRefusal r);
ErrCode http_refusal_code(HttpRefusal r);
const char *http_refusal_text(HttpRefusal r);

typedef enum HttpStep {
    HTTP_STEP_MORE,   /* all input was used, more is needed */
    HTTP_STEP_HEAD,   /* the headers are complete: once per request, before any of the body is read */
    HTTP_STEP_DONE,   /* the request is complete; the rest of the input belongs to the next one */
    HTTP_STEP_REFUSED /* see `refused` */
} HttpStep;

typedef struct HttpParse {
    llhttp_t ll;
    const HttpLimits *limits; /* borrowed; no field is zero */
    HttpRequest *r;           /* borrowed; filled from HTTP_STEP_HEAD on */
    HttpHeader *headers;      /* owned; room for limits->headers_max */
    Buf head, body;           /* owned */
    size_t head_start;        /* after the empty lines that may precede a request */
    size_t line_start;        /* of the line being collected */
    size_t scanned;
    size_t body_read; /* bytes after the head, framing included */
    size_t overhead;  /* of these, the chunk framing */
    size_t body_n;    /* of these, the body itself */
    size_t body_max;
    size_t due_read;   /* body_read when its time was last looked at */
    HttpBodySink sink; /* with has_sink: takes the body in place of `body` */
    int n_headers, n_hosts, n_lengths, n_encodings;
    uint32_t seen;         /* bit i: the i-th known header was seen */
    size_t trailer_line_n; /* bytes of the current trailer line */
    HttpRefusal refused;
    Str ws_key; /* Sec-WebSocket-Key; {NULL,0} when absent */
    Str ws_version;
    bool has_head;
    bool in_trailers; /* after the last chunk */
    bool is_complete;
    bool keeps_alive;
    bool is_http10;
    bool expects_continue;
    bool offers_websocket; /* Upgrade names websocket */
    bool has_sink;
    bool is_paused;  /* the sink takes no more for now */
    bool is_resumed; /* it took no more at a time since its time was last looked at */
} HttpParse;

void http_parse_init(HttpParse *p, const HttpLimits *limits, HttpRequest *r);
void http_parse_done(HttpParse *p);
/* Prepares for the next request; keeps buffers of a moderate size. */
void http_parse_reset(HttpParse *p);
HttpStep http_parse_feed(HttpParse *p, Str in, size_t *ret_used);
/* After HTTP_STEP_HEAD: its Content-Length exceeds the limit, so that the next feed refuses it. */
bool http_parse_is_too_long(const HttpParse *p);

/* Does a comma-separated header value contain this token, ignoring case? */
bool http_has_token(Str list, const char *token);
