/* See face_rest.h. */
#include "core/face_rest.h"

#include <stdio.h>

#include "base/mem.h"
#include "core/auth.h"
#include "core/dispatch.h"
#include "core/face_file.h"
#include "core/face_upload.h"
#include "core/rate.h"
#include "core/ticket.h"
#include "net/http_body.h"

enum { HEADERS_MAX = 6, ALLOW_MAX = 128 };

bool face_rest_serves(const HttpRequest *r) { return str_starts(r->path, STR("/api/")) || str_is(r->path, "*"); }

/* Adds the headers that a status requires (RFC 9110 10.2.3, 11.6.1, 15.5.22, 7.8). */
static int add_needed(HttpHeader *headers, int n, int status) {
    bool has_wait = n > 1 && str_is(headers[n - 1].name, "retry-after");
    if ((status == 429 || status == 503) && !has_wait) headers[n++] = (HttpHeader){STR("retry-after"), STR("1")};
    if (status == 401) headers[n++] = (HttpHeader){STR("www-authenticate"), STR("Bearer")};
    if (status == 426) headers[n++] = (HttpHeader){STR("upgrade"), STR("websocket")};
    if (status == 426) headers[n++] = (HttpHeader){STR("connection"), STR("upgrade")};
    return n;
}

/* Answers contain data of the caller alone, such as the token: no cache may store them. */
static void send_as(HttpRequest *r, int status, const char *media, Str body, HttpHeader own) {
    HttpHeader headers[HEADERS_MAX] = {{STR("cache-control"), STR("no-store")}};
    int n = 1;
    /* A link is not to show in a window what an agent may have written. */
    if (status < 300 && ticket_is_in(r)) headers[n++] = (HttpHeader){STR("content-disposition"), STR("attachment")};
    if (own.value.n) headers[n++] = own;
    n = add_needed(headers, n, status);
    const char *type = body.n ? media : NULL;
    http_answer(
        r, &(HttpAnswer){.status = status, .body = body, .content_type = type, .headers = headers, .n_headers = n});
}

static void send(HttpRequest *r, int status, Str body, HttpHeader own) {
    send_as(r, status, "application/json", body, own);
}

void face_rest_refuse(HttpRequest *r, const Err *e, Str allow) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, 64 << 10);
    op_encode_error(e, &b);
    char wait[24];
    HttpHeader own = {STR("allow"), allow};
    int n = snprintf(wait, sizeof wait, "%lld", (long long)e->retry_s);
    if (e->retry_s) own = (HttpHeader){STR("retry-after"), str_n(wait, (size_t)n)};
    send(r, err_http(e->code), buf_str(&b), own);
}

void face_rest_error(HttpRequest *r, const Err *e) { face_rest_refuse(r, e, (Str){0}); }

/* Each refused caller counts against the limit of its address; past that limit it gets 429 instead. */
void face_rest_refuse_caller(const App *app, HttpRequest *r, const Err *e, Str allow) {
    Err limited = {0};
    bool is_limited = e->code == ERR_UNAUTHORIZED && rate_take_unknown(app->rates, r, &limited) < 0;
    face_rest_refuse(r, is_limited ? &limited : e, allow);
}

/* A 405 lists the methods that are served (RFC 9110 15.5.6). */
static void refuse(const App *app, HttpRequest *r, const Err *e) {
    CLEANUP(buf_done) Buf allow;
    buf_init(&allow, ALLOW_MAX);
    if (e->code == ERR_METHOD) op_allow(app->ops, r->path, &allow);
    face_rest_refuse_caller(app, r, e, buf_str(&allow));
}

typedef struct Found {
    const Op *op;
    OpParams params;
    Principal who;
    bool by_ticket;
} Found;

/* Admits a request: its route must be known, and the route must admit the caller. */
static int admit(App *app, HttpRequest *r, Found *f, Err *e) {
    bool path_known = false;
    Str method = str_is(r->method, "HEAD") ? STR("GET") : r->method; /* RFC 9110 9.3.2: GET without its body */
    f->op = op_route(app->ops, method, r->path, &f->params, &path_known);
    if (!f->op && path_known)
        return err_fail(e, ERR_METHOD, STR_FMT " is not served at " STR_FMT, STR_ARG(str_upto(r->method, 16)),
                        STR_ARG(str_upto(r->path, 200)));
    if (!f->op) return err_fail(e, ERR_NOT_FOUND, "nothing is served at " STR_FMT, STR_ARG(str_upto(r->path, 200)));
    r->route = f->op->route;
    f->who = (Principal){0};
    f->by_ticket = app->tickets && ticket_is_in(r);
    if (f->by_ticket) return ticket_redeem(app->tickets, r, &f->who, e);
    if (f->op->flags & OP_PUBLIC) return 0;
    return auth_identify(app->auth, r, &f->who, e);
}

/* One call from its caller's share. */
static int take_call(const App *app, const HttpRequest *r, const Found *f, Err *e) {
    if (f->op->flags & OP_UNLIMITED) return 0;
    if (f->op->flags & OP_PUBLIC) return rate_take_unknown(app->rates, r, e);
    return rate_take(app->rates, &f->who, r->is_unix, f->op->flags & OP_WRITES, e);
}

static void on_done(void *arg, const OpAnswer *a) {
    HttpHeader cursors = {STR("muster-cursor"), a->cursors};
    if (a->file)
        face_file_send(a->app, arg, a->file);
    else if (a->text.p)
        send_as(arg, a->status, a->op->media, a->text, cursors);
    else
        send(arg, a->status, a->body, cursors);
}

static int given_twice(Arena *a, Str name, Err *e) {
    int r = err_fail(e, ERR_INVALID, "query parameter `" STR_FMT "` is given twice", STR_ARG(name));
    err_detail(e, arena_cstr(a, name), "is given twice");
    return r;
}

/* A query parameter must be a field declared FROM_QUERY; no other field may come from the URL. */
static int put_query(const Found *found, OpTask *t, Str query, Err *e) {
    if (!query.n) return 0;
    CLEANUP(arena_freep) Arena *a = arena_new();
    Str rest = query, name, value;
    bool bad = false, has_token = false;
    while (http_query_next(&rest, a, &name, &value, &bad)) {
        if (str_is(name, "access_token")) {
            if (has_token) return given_twice(a, name, e);
            has_token = true;
            continue;
        }
        if (found->by_ticket && str_is(name, "ticket")) continue;
        const Field *f = found->op->in ? shape_find(found->op->in, name) : NULL;
        if (!f || f->from != FROM_QUERY) {
            int r = err_fail(e, ERR_INVALID, "unknown query parameter `" STR_FMT "`", STR_ARG(str_upto(name, 100)));
            err_detail(e, arena_cstr(a, str_upto(name, 100)), "is unknown");
            return r;
        }
        if (op_task_has_text(t, name)) return given_twice(a, name, e);
        op_task_put_text(t, name, value);
    }
    if (bad) return err_fail(e, ERR_INVALID, "the query is not valid percent-encoding");
    return 0;
}

static int put_body(OpTask *t, const HttpRequest *r, Err *e) {
    if (!str_trim(r->body).n) return 0;
    if (!http_is_json(http_header(r, "content-type")))
        return err_fail(e, ERR_MEDIA_TYPE, "the body must be application/json in UTF-8");
    op_task_put_json(t, r->body, FROM_BODY_ONLY);
    return 0;
}

static int fill_task(const Found *f, OpTask *t, const HttpRequest *r, Err *e) {
    Str key = http_header(r, "idempotency-key");
    if (key.p) TRY(op_task_set_key(t, key, e));
    for (int i = 0; i < f->params.n; i++) op_task_put_text(t, f->params.names[i], f->params.values[i]);
    TRY(put_query(f, t, r->query, e));
    op_task_over_rest(t);
    return f->op->body_max ? 0 : put_body(t, r, e);
}

/* The call waits for a body that is a file; what else is wrong is said before any of it is read. */
static int begin_upload(App *app, HttpRequest *r, const Found *f, Err *e) {
    TRY(op_check_role(f->op, &f->who, e));
    TRY(take_call(app, r, f, e));
    OpTask *t = op_task_new(app, f->op, &f->who);
    int failed = fill_task(f, t, r, e);
    if (failed >= 0) failed = upload_begin(app, r, t, f->op, on_done, e);
    if (failed < 0) op_task_drop(t);
    return failed;
}

bool face_rest_head(App *app, HttpRequest *r) {
    Found f = {0};
    Err e = {0};
    if (str_is(r->method, "OPTIONS")) return true; /* answered for every caller, with or without a token */
    bool is_let_in = auth_check_origin(app->auth, r, &e) >= 0 && admit(app, r, &f, &e) >= 0;
    if (is_let_in && (!f.op->body_max || begin_upload(app, r, &f, &e) >= 0)) return true;
    refuse(app, r, &e);
    return false;
}

/* The request that a browser sends, without a token, before it lets a page of another origin make a call (Fetch 4.9,
 * CORS-preflight). */
static bool answer_preflight(App *app, HttpRequest *r) {
    Str wanted = http_header(r, "access-control-request-method");
    OpParams params;
    bool path_known;
    if (!str_is(r->method, "OPTIONS") || !auth_is_allowed_origin(app->auth, r)) return false;
    if (!op_route(app->ops, wanted, r->path, &params, &path_known)) return false;
    HttpHeader headers[] = {
        {STR("access-control-allow-methods"), wanted},
        {STR("access-control-allow-headers"), STR("authorization, content-type, idempotency-key")},
    };
    http_answer(r, &(HttpAnswer){.status = 204, .headers = headers, .n_headers = COUNT_OF(headers)});
    return true;
}

/* Every other OPTIONS, including that of the whole server (RFC 9110 9.3.7). It reveals nothing beyond openapi.json. */
static bool answer_options(App *app, HttpRequest *r) {
    OpParams params;
    bool path_known = str_is(r->path, "*");
    if (!str_is(r->method, "OPTIONS") || http_header(r, "access-control-request-method").p) return false;
    if (!path_known) (void)op_route(app->ops, r->method, r->path, &params, &path_known);
    if (!path_known) return false;
    CLEANUP(buf_done) Buf allow;
    buf_init(&allow, ALLOW_MAX);
    if (str_is(r->path, "*"))
        buf_add_str(&allow, STR("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"));
    else
        op_allow(app->ops, r->path, &allow);
    send(r, 204, (Str){0}, (HttpHeader){STR("allow"), buf_str(&allow)});
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
    if (http_body_arg(r)) {
        upload_end(http_body_arg(r));
        return;
    }
    bool is_let_in = auth_check_origin(app->auth, r, &e) >= 0;
    if (is_let_in && (answer_preflight(app, r) || answer_options(app, r))) return;
    if (!is_let_in || admit(app, r, &f, &e) < 0 || take_call(app, r, &f, &e) < 0) {
        refuse(app, r, &e);
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
