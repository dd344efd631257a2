/* See face_rest.h. */
#include "core/face_rest.h"

#include "base/mem.h"
#include "core/auth.h"
#include "core/dispatch.h"
#include "net/http.h"

bool face_rest_serves(const HttpRequest *r) { return str_starts(r->path, STR("/api/")); }

/* Answers hold what is the caller's alone, the token among it: no cache may keep them. */
static void send(HttpRequest *r, int status, Str body, Str cursors) {
    HttpHeader headers[4] = {{STR("cache-control"), STR("no-store")}};
    int n = 1;
    if (cursors.n) headers[n++] = (HttpHeader){STR("muster-cursor"), cursors};
    if (status == 429 || status == 503) headers[n++] = (HttpHeader){STR("retry-after"), STR("1")};
    if (status == 401) headers[n++] = (HttpHeader){STR("www-authenticate"), STR("Bearer")};
    const char *type = body.n ? "application/json" : NULL;
    http_answer(
        r, &(HttpAnswer){.status = status, .body = body, .content_type = type, .headers = headers, .n_headers = n});
}

void face_rest_error(HttpRequest *r, const Err *e) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, 64 << 10);
    op_encode_error(e, &b);
    send(r, err_http(e->code), buf_str(&b), (Str){0});
}

typedef struct Found {
    const Op *op;
    OpParams params;
    Principal who;
} Found;

/* Who may go on: the right host and origin, a known route, and a caller that the route admits. */
static int admit(App *app, const HttpRequest *r, Found *f, Err *e) {
    TRY(auth_check_origin(app->auth, r, e));
    bool path_known = false;
    Str method = str_is(r->method, "HEAD") ? STR("GET") : r->method; /* RFC 9110 9.3.2: GET without its body */
    f->op = op_route(app->ops, method, r->path, &f->params, &path_known);
    if (!f->op && path_known)
        return err_fail(e, ERR_METHOD, STR_FMT " is not served at " STR_FMT, STR_ARG(str_upto(r->method, 16)),
                        STR_ARG(str_upto(r->path, 200)));
    if (!f->op) return err_fail(e, ERR_NOT_FOUND, "nothing is served at " STR_FMT, STR_ARG(str_upto(r->path, 200)));
    f->who = (Principal){0};
    if (f->op->flags & OP_PUBLIC) return 0;
    return auth_identify(app->auth, r, &f->who, e);
}

bool face_rest_head(App *app, HttpRequest *r) {
    Found f = {0};
    Err e = {0};
    if (admit(app, r, &f, &e) >= 0) return true;
    face_rest_error(r, &e);
    return false;
}

static void on_done(void *arg, const OpAnswer *a) { send(arg, a->status, a->body, a->cursors); }

/* A query parameter must be a field that says so: nothing else may come in by the address. */
static int put_query(const Op *op, OpTask *t, Str query, Err *e) {
    if (!query.n) return 0;
    CLEANUP(arena_freep) Arena *a = arena_new();
    Str rest = query, name, value;
    bool bad = false;
    while (http_query_next(&rest, a, &name, &value, &bad)) {
        if (str_is(name, "access_token")) continue;
        const Field *f = op->in ? shape_find(op->in, name) : NULL;
        if (!f || f->from != FROM_QUERY) {
            int r =
                err_fail(e, ERR_INVALID, "query parameter `" STR_FMT "` is not known", STR_ARG(str_upto(name, 100)));
            err_detail(e, arena_cstr(a, str_upto(name, 100)), "is not known");
            return r;
        }
        if (op_task_has_text(t, name)) {
            int r = err_fail(e, ERR_INVALID, "query parameter `%s` stands twice", f->name);
            err_detail(e, arena_cstr(a, name), "is given twice");
            return r;
        }
        op_task_put_text(t, name, value);
    }
    if (bad) return err_fail(e, ERR_INVALID, "the query is not valid percent-encoding");
    return 0;
}

static int put_body(OpTask *t, const HttpRequest *r, Err *e) {
    if (!str_trim(r->body).n) return 0;
    Str type = http_header(r, "content-type");
    if (!str_ieq(str_upto(type, 16), STR("application/json")))
        return err_fail(e, ERR_INVALID, "the body must be application/json");
    op_task_put_json(t, r->body, FROM_BODY_ONLY);
    return 0;
}

static int fill_task(const Found *f, OpTask *t, const HttpRequest *r, Err *e) {
    Str key = http_header(r, "idempotency-key");
    if (key.n > 200) return err_fail(e, ERR_INVALID, "Idempotency-Key has more than 200 characters");
    op_task_set_key(t, key);
    for (int i = 0; i < f->params.n; i++) op_task_put_text(t, f->params.names[i], f->params.values[i]);
    TRY(put_query(f->op, t, r->query, e));
    return put_body(t, r, e);
}

/* What a browser asks before it lets a page of another origin call (Fetch 4.9, CORS-preflight): without a token. */
static bool answer_preflight(App *app, HttpRequest *r) {
    Str wanted = http_header(r, "access-control-request-method");
    OpParams params;
    bool path_known;
    if (!str_is(r->method, "OPTIONS") || !auth_is_allowed_origin(app->auth, r)) return false;
    if (auth_check_origin(app->auth, r, NULL) < 0) return false;
    if (!op_route(app->ops, wanted, r->path, &params, &path_known)) return false;
    HttpHeader headers[] = {
        {STR("access-control-allow-methods"), wanted},
        {STR("access-control-allow-headers"), STR("authorization, content-type, idempotency-key")},
    };
    http_answer(r, &(HttpAnswer){.status = 204, .headers = headers, .n_headers = COUNT_OF(headers)});
    return true;
}

int face_rest_share(const App *app, const HttpRequest *r, HttpHeader *ret) {
    if (!face_rest_serves(r) || !auth_is_allowed_origin(app->auth, r)) return 0;
    ret[0] = (HttpHeader){STR("access-control-allow-origin"), http_header(r, "origin")};
    ret[1] = (HttpHeader){STR("access-control-expose-headers"), STR("muster-cursor, retry-after")};
    ret[2] = (HttpHeader){STR("vary"), STR("Origin")};
    return 3;
}

void face_rest_request(App *app, HttpRequest *r) {
    Found f = {0};
    Err e = {0};
    if (answer_preflight(app, r)) return;
    if (admit(app, r, &f, &e) < 0) {
        face_rest_error(r, &e);
        return;
    }
    OpTask *t = op_task_new(app, f.op, &f.who);
    if (fill_task(&f, t, r, &e) < 0) {
        op_task_drop(t);
        face_rest_error(r, &e);
        return;
    }
    op_task_run(t, on_done, r);
}
