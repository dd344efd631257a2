/* See front.h. */
#define LOG_MODULE "front"
#include "daemon/front.h"

#include <stdlib.h>

#include "base/mem.h"
#include "core/auth.h"
#include "core/face_live.h"
#include "core/face_rest.h"
#include "core/face_stream.h"
#include "core/metrics.h"
#include "core/rate.h"
#include "core/setting.h"
#include "face/lab.h"
#include "face/manager_ws.h"
#include "face/pty_ws.h"
#include "net/asset.h"
#include "net/http.h"
#include "net/ws.h"
#include "sys/log.h"

struct Front {
    App *app;
    HttpServer *server;
    int port;
    char lab_port[8]; /* ":8765"; empty: there is none */
    char *policy_end; /* owned: the page's policy from behind the nonce on */
};

/* The page loads and runs only what is its own. Styles that a library adds while it runs need the nonce of their page;
 * `muster` (web/src/lib/trusted.ts) is the only Trusted Types policy that may exist. */
#define CSP_BEFORE "default-src 'none'; script-src 'self'; style-src 'self'"
#define CSP_CONNECT "; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'"
#define CSP_END                                                                                               \
    "; worker-src 'self'; manifest-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'; " \
    "require-trusted-types-for 'script'; trusted-types muster"

#define HEADER(name_, value_)                                            \
    {                                                                    \
        {"" name_, sizeof(name_) - 1}, { "" value_, sizeof(value_) - 1 } \
    }
static const HttpHeader usual[] = {
    HEADER("content-security-policy", CSP_BEFORE CSP_CONNECT CSP_END),
    HEADER("x-content-type-options", "nosniff"),
    HEADER("x-frame-options", "DENY"),
    HEADER("referrer-policy", "no-referrer"),
    HEADER("cross-origin-opener-policy", "same-origin"),
    HEADER("cross-origin-resource-policy", "same-origin"),
    HEADER("permissions-policy", "camera=(), microphone=(), geolocation=()"),
};

static int refuse_method(const HttpRequest *r, Err *e) {
    return err_fail(e, ERR_METHOD, STR_FMT " is not served at " STR_FMT, STR_ARG(r->method), STR_ARG(r->path));
}

static int identify_socket(App *app, HttpRequest *r, Principal *who, Err *e) {
    TRY(auth_check_origin(app->auth, r, e));
    if (!str_is(r->method, "GET")) return refuse_method(r, e);
    if (!r->wants_upgrade) return err_fail(e, ERR_UPGRADE, "only a WebSocket is served at " STR_FMT, STR_ARG(r->path));
    TRY(auth_identify(app->auth, r, who, e));
    /* The other protocol cannot distinguish an agent's own streams from others. */
    if (who->role == ROLE_AGENT && !ws_offers_protocol(r, "muster.v1"))
        return err_fail(e, ERR_FORBIDDEN, "an agent may use only muster.v1");
    return 0;
}

static void serve_socket(App *app, HttpRequest *r) {
    Principal who;
    Err e = {0};
    r->route = "GET /ws";
    if (identify_socket(app, r, &who, &e) < 0)
        face_rest_refuse_caller(app, r, &e, e.code == ERR_METHOD ? STR("GET") : (Str){0});
    else if (ws_offers_protocol(r, "muster.v1"))
        face_live_accept(app, r, &who);
    else
        manager_ws_accept(app, r, &who);
}

static void serve_pty(App *app, HttpRequest *r) {
    Principal who;
    Err e = {0};
    r->route = "GET " PTY_WS_PATH "{agentId}";
    bool is_refused = identify_socket(app, r, &who, &e) < 0;
    if (!is_refused && who.role == ROLE_AGENT)
        is_refused = err_fail(&e, ERR_FORBIDDEN, "an agent may follow its terminal on /ws only") < 0;
    if (is_refused)
        face_rest_refuse_caller(app, r, &e, e.code == ERR_METHOD ? STR("GET") : (Str){0});
    else
        pty_ws_accept(app, r, &who);
}

static void serve_lab(App *app, HttpRequest *r) {
    Principal who;
    Err e = {0};
    r->route = "GET " LAB_PATH;
    if (identify_socket(app, r, &who, &e) >= 0 && who.role == ROLE_AGENT)
        err_set(&e, ERR_FORBIDDEN, "an agent may use /ws only");
    if (e.code)
        face_rest_refuse_caller(app, r, &e, e.code == ERR_METHOD ? STR("GET") : (Str){0});
    else
        lab_accept(app, r, &who);
}

/* What reached the port of source 000's clients; they know no paths. */
static bool is_lab(const Front *f, const HttpRequest *r) {
    return str_is(r->path, LAB_PATH) || (f->lab_port[0] && !r->is_unix && str_ends(r->host, str(f->lab_port)));
}

/* Source 001's addresses of the OpenAPI document and of the page that shows it. */
static const struct {
    const char *path, *route, *asset;
} documents[] = {
    {"/api/docs", "GET /api/docs", "/openapi.json"},
    {"/api/docs/ui", "GET /api/docs/ui", "/docs.html"},
};

static bool is_document(const HttpRequest *r) {
    for (size_t i = 0; i < COUNT_OF(documents); i++)
        if (str_is(r->path, documents[i].path)) return true;
    return false;
}

static void refuse_unknown(HttpRequest *r) {
    Err e = {0};
    err_set(&e, ERR_NOT_FOUND, "nothing is served at " STR_FMT, STR_ARG(str_upto(r->path, 200)));
    face_rest_error(r, &e);
}

static void serve_document(App *app, HttpRequest *r) {
    static const char *const not_pages[] = {"/", NULL};
    static const AssetPages none = {.not_pages = not_pages};
    size_t i = 0;
    Err e = {0};
    while (!str_is(r->path, documents[i].path)) i++;
    r->route = documents[i].route;
    int refused = auth_check_origin(app->auth, r, &e);
    if (refused >= 0 && !str_is(r->method, "GET") && !str_is(r->method, "HEAD")) refused = refuse_method(r, &e);
    r->path = str(documents[i].asset);
    if (refused < 0)
        face_rest_refuse(r, &e, e.code == ERR_METHOD ? STR("GET, HEAD") : (Str){0});
    else if (!asset_answer(&web_assets, &none, r))
        refuse_unknown(r);
}

static int identify_follower(App *app, HttpRequest *r, Principal *who, Err *e) {
    TRY(auth_check_origin(app->auth, r, e));
    if (!str_is(r->method, "GET") && !str_is(r->method, "HEAD")) return refuse_method(r, e);
    TRY(auth_identify(app->auth, r, who, e));
    return rate_take(app->rates, who, r->is_unix, false, e);
}

static bool is_follow(const HttpRequest *r) {
    return str_is(r->path, FACE_STREAM_PATH) && !str_is(r->method, "OPTIONS");
}

static void serve_stream(App *app, HttpRequest *r) {
    Principal who;
    Err e = {0};
    r->route = FACE_STREAM_ROUTE;
    if (identify_follower(app, r, &who, &e) < 0)
        face_rest_refuse_caller(app, r, &e, e.code == ERR_METHOD ? STR("GET, HEAD") : (Str){0});
    else
        face_stream_accept(app, r, &who);
}

/* A page that was built for another daemon may call that one if its origin is allowed here, and nothing else. */
static char *page_policy_end(const Auth *auth) {
    CLEANUP(buf_done) Buf b;
    Str rest = asset_page_origins(&web_assets), one;
    buf_init(&b, 4096);
    buf_add_str(&b, STR(CSP_CONNECT));
    while (rest.n && str_split(&rest, ' ', &one))
        if (auth_allows(auth, one)) buf_add_fmt(&b, " " STR_FMT, STR_ARG(one));
    buf_add_str(&b, STR(CSP_END));
    return buf_take(&b, &(size_t){0});
}

static void serve_page(const Front *f, HttpRequest *r) {
    Err e = {0};
    static const char *const not_pages[] = {"/api/", "/ws", NULL};
    const AssetPages pages = {not_pages, {CSP_BEFORE, f->policy_end}};
    r->route = "page";
    if (auth_check_origin(f->app->auth, r, &e) < 0) {
        face_rest_error(r, &e);
        return;
    }
    if (asset_answer(&web_assets, &pages, r)) return;
    if (!str_is(r->method, "GET") && !str_is(r->method, "HEAD")) {
        err_set(&e, ERR_METHOD, STR_FMT " is served only below /api/", STR_ARG(r->method));
        face_rest_refuse(r, &e, STR("GET, HEAD"));
        return;
    }
    refuse_unknown(r);
}

static void on_request(void *arg, HttpRequest *r) {
    Front *f = arg;
    if (is_lab(f, r))
        serve_lab(f->app, r);
    else if (is_document(r))
        serve_document(f->app, r);
    else if (is_follow(r))
        serve_stream(f->app, r);
    else if (face_rest_serves(r))
        face_rest_request(f->app, r);
    else if (str_is(r->path, "/ws"))
        serve_socket(f->app, r);
    else if (str_starts(r->path, STR(PTY_WS_PATH)))
        serve_pty(f->app, r);
    else
        serve_page(f, r);
}

static bool on_head(void *arg, HttpRequest *r) {
    Front *f = arg;
    bool has_body = !str_is(r->method, "GET") && !str_is(r->method, "HEAD") && !str_is(r->method, "OPTIONS");
    return !has_body || is_follow(r) || is_document(r) || !face_rest_serves(r) || face_rest_head(f->app, r);
}

static int share(void *arg, const HttpRequest *r, HttpHeader ret[HTTP_OWN_MAX]) {
    return face_rest_share(((Front *)arg)->app, r, ret);
}

static void on_answered(void *arg, const HttpRequest *r, int status) {
    metrics_request(((Front *)arg)->app->metrics, r, status);
}

int front_new(App *app, Front **ret, Err *e) {
    Front *f = mu_new(Front);
    f->app = app;
    f->policy_end = page_policy_end(app->auth);
    HttpLimits limits = {0};
    HttpHandler handler = {.on_request = on_request,
                           .on_head = on_head,
                           .arg = f,
                           .usual = usual,
                           .n_usual = COUNT_OF(usual),
                           .own = share,
                           .on_answered = on_answered};
    *ret = f;
    TRY(http_server_new(app->loop, &limits, &handler, &f->server, e));
    app->metrics->server = f->server;
    return 0;
}

/* A port that is taken keeps nobody from starting. */
static void listen_lab(Front *f, const Config *c) {
    int64_t wanted = f->app->settings ? setting_i64(f->app->settings, SET_NET_LAB_PORT) : 0;
    int port;
    Err e = {0};
    if (!wanted) return;
    if (http_listen_tcp(f->server, c->address, (int)wanted, &port, &e) < 0) {
        log_err(LOG_WARN, LOG_MODULE, "serving net.lab_port", &e);
        return;
    }
    snprintf(f->lab_port, sizeof f->lab_port, ":%d", port);
    auth_set_lab_port(f->app->auth, port);
}

int front_listen(Front *f, const Config *c, Err *e) {
    TRY(http_listen_tcp(f->server, c->address, (int)c->port, &f->port, e));
    TRY(http_listen_unix(f->server, f->app->home_fd, "sock", e));
    auth_set_port(f->app->auth, f->port);
    listen_lab(f, c);
    return 0;
}

int front_port(const Front *f) { return f->port; }

void front_stop(Front *f, void (*on_done)(void *arg), void *arg) {
    if (f->server)
        http_server_stop(f->server, on_done, arg);
    else
        on_done(arg);
}

void front_free(Front *f) {
    if (!f) return;
    f->app->metrics->server = NULL;
    if (f->server) http_server_free(f->server);
    free(f->policy_end);
    free(f);
}
