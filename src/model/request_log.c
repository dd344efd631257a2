#include "model/request_log.h"

#include <unistd.h>

#include "base/clock.h"
#include "sys/digest.h"

enum { LINE_MAX_BYTES = 16 * 1024, USER_TEXT_MAX = 1000 };

static void put_turn(JsonOut *o, const ScriptTurn *t) {
    uint8_t digest[32];
    char hex[65];
    digest_sha256(t->user_text, digest);
    digest_hex(digest, sizeof digest, hex);
    json_kv_str(o, "scenario", t->scenario);
    json_kv_i64(o, "step", t->step);
    json_kv_str(o, "nonce", t->nonce);
    json_kv_bool(o, "known", t->found != NULL);
    json_kv_str(o, "promptHash", str(hex));
    json_kv_str(o, "prompt", str_upto(t->user_text, USER_TEXT_MAX));
}

void request_log_add(int fd, const RequestLine *l) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, LINE_MAX_BYTES);
    char at[TIME_TEXT_MAX];
    size_t n = time_print(clock_now_us(), at);
    JsonOut o = json_out(&b);
    json_begin_object(&o);
    json_kv_str(&o, "at", str_n(at, n));
    json_kv_str(&o, "method", l->method);
    json_kv_str(&o, "path", str_upto(l->path, USER_TEXT_MAX));
    json_kv_i64(&o, "status", l->status);
    json_kv_str(&o, "session", str_upto(l->session, USER_TEXT_MAX));
    json_kv_str(&o, "model", str_upto(l->model, USER_TEXT_MAX));
    json_kv_bool(&o, "stream", l->is_stream);
    if (l->turn) put_turn(&o, l->turn);
    json_end_object(&o);
    buf_add_c(&b, '\n');
    /* A full disk costs the log, not the answer. */
    if (!b.failed && write(fd, b.p, b.n) < 0) return;
}
