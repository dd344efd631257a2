/* For tests: a server on a loop in a separate thread, and blocking clients. */
#pragma once

#include "net/ws.h"
#include "sys/loop.h"

typedef struct TestServer TestServer;

TestServer *test_server_start(const HttpLimits *limits, const HttpHandler *handler);
/* The same on a loop that another thread runs, listening on a Unix socket. */
TestServer *test_server_start_on(Loop *loop, int dirfd, const char *name, const HttpHandler *handler);
/* Stops the server cleanly and waits for its end. */
void test_server_stop(TestServer *t);
/* Starts to stop; test_server_stop waits for the end. */
void test_server_begin_stop(TestServer *t);
HttpServer *test_server_http(TestServer *t);
int test_server_port(const TestServer *t);
/* Runs fn(arg) on the server's thread and waits. */
void test_server_call(TestServer *t, void (*fn)(void *arg), void *arg);
/* Waits (at most 10 s) until is_so(arg) is true on the server's thread. */
bool test_server_wait(TestServer *t, bool (*is_so)(void *arg), void *arg);

/* A connected socket whose reads and writes time out after 10 s. recv_buffer 0: the default size. */
int test_connect(const TestServer *t, int recv_buffer);
int test_connect_unix(int dirfd, const char *name);
bool test_send(int fd, Str bytes);
/* Reads one answer (head and body by length or chunks, as sent) into `out`; false at the end of the stream. */
bool test_read_answer(int fd, Buf *out, bool has_no_body);
/* Reads `n` more bytes, or until the end. */
bool test_read_n(int fd, Buf *out, size_t n);
bool test_read_end(int fd, Buf *out);

/* A client of a WebSocket on a Unix socket that has shaken hands; `subprotocol` may be NULL. */
int test_ws_connect(int dirfd, const char *name, const char *subprotocol);
/* Sends a text frame of less than 126 bytes. */
bool test_ws_say(int fd, const char *text);
/* Reads the next text frame, of less than 64 KiB, and returns its text, which is in `into`; {NULL,0} at the end of the
 * stream. Other frames, such as pings, are skipped. */
Str test_ws_take(int fd, Buf *into);
