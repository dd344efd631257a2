#include "model/model.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/list.h"
#include "base/map.h"
#include "base/mem.h"
#include "model/answer.h"
#include "model/demo.h"
#include "model/request_log.h"
#include "model/scenario.h"
#include "net/http.h"
#include "sys/digest.h"
#include "sys/file.h"
#include "sys/loop.h"

enum { SCRIPT_MAX = 32 * 1024 * 1024, REQUEST_MAX = 64 * 1024 * 1024, FAILURES_MAX = 4096 };

struct Model {
    Loop *loop;
    HttpServer *http;
    Script *script; /* owned */
    Arena *arena;   /* owned; lives as long as the model */
    Str cwd;
    char run[9]; /* random, in ids */
    uint64_t n_requests;
    Map failures; /* "scenario#nonce/step" → int: how often it has failed */
    List plays;   /* Play.link */
    int log_fd;   /* -1: none */
    void (*on_done)(void *arg);
    void *done_arg;
};

/* One answer in progress: from the request to its last byte. Freed by its timer's close. */
typedef struct Play {
    List link; /* Model.plays */
    Model *model;
    Arena *arena;         /* owned; contains the answer */
    HttpRequest *request; /* until the head is sent */
    HttpStream *stream;   /* while it streams */
    ModelAnswer answer;
    size_t at; /* next beat */
    Timer timer;
} Play;

static const HttpHeader usual[] = {{{"x-muster-scripted", 17}, {"1", 1}}};

static void on_play_closed(Timer *t) {
    Play *p = container_of(t, Play, timer);
    list_remove(&p->link);
    arena_free(p->arena);
    free(p);
}

static void play_close(Play *p) {
    p->stream = NULL;
    timer_close(&p->timer, on_play_closed);
}

static void play_end(Play *p) {
    HttpStream *s = TAKE(p->stream);
    if (p->answer.drops)
        http_stream_abort(s);
    else
        http_stream_end(s);
    play_close(p);
}

/* Writes the due beat and all following ones without a wait, then waits for the next one. */
static void play_beats(Play *p) {
    while (p->at < p->answer.n_beats) {
        if (!http_stream_write(p->stream, p->answer.beats[p->at].bytes)) return; /* continues when drained */
        p->at++;
        if (p->at < p->answer.n_beats && p->answer.beats[p->at].wait_ms) {
            timer_start(&p->timer, p->answer.beats[p->at].wait_ms, 0);
            return;
        }
    }
    play_end(p);
}

static void on_stream_drain(void *arg) { play_beats(arg); }

static void on_stream_gone(void *arg) {
    Play *p = arg;
    timer_stop(&p->timer);
    play_close(p);
}

static HttpAnswer head_of(const Play *p, HttpHeader *retry) {
    HttpAnswer head = {.status = p->answer.status, .content_type = p->answer.content_type};
    if (p->answer.retry_after_s < 0) return head;
    *retry = (HttpHeader){STR("retry-after"), arena_fmt(p->arena, "%lld", (long long)p->answer.retry_after_s)};
    head.headers = retry;
    head.n_headers = 1;
    return head;
}

static void play_head(Play *p) {
    HttpHeader retry;
    HttpAnswer head = head_of(p, &retry);
    HttpRequest *r = TAKE(p->request);
    if (!p->answer.is_stream) {
        head.body = p->answer.n_beats ? p->answer.beats[0].bytes : STR("");
        http_answer(r, &head);
        play_close(p);
        return;
    }
    HttpStreamHandler h = {.on_drain = on_stream_drain, .on_gone = on_stream_gone, .arg = p};
    p->stream = http_stream_begin(r, &head, &h);
    if (!p->stream)
        play_close(p);
    else if (p->answer.n_beats && p->answer.beats[0].wait_ms)
        timer_start(&p->timer, p->answer.beats[0].wait_ms, 0);
    else
        play_beats(p);
}

static void on_play_due(Timer *t) {
    Play *p = container_of(t, Play, timer);
    if (p->request)
        play_head(p);
    else
        play_beats(p);
}

/* A non-streamed answer waits for all its pauses before it is sent. */
static int64_t head_delay(const ModelAnswer *a) {
    int64_t ms = a->delay_ms;
    for (size_t i = 0; !a->is_stream && i < a->n_beats; i++) ms += a->beats[i].wait_ms;
    return ms;
}

static void play_start(Model *m, HttpRequest *r, Arena *taken, const ModelAnswer *answer) {
    Play *p = mu_new(Play);
    *p = (Play){.model = m, .arena = taken, .request = r, .answer = *answer};
    list_add_last(&m->plays, &p->link);
    timer_init(m->loop, &p->timer, on_play_due);
    int64_t delay = head_delay(&p->answer);
    if (delay)
        timer_start(&p->timer, delay, 0);
    else
        play_head(p);
}

/* Does this step fail now? Failures of a step that fails a limited number of times are counted per nonce. */
static bool fails_now(Model *m, const ScriptTurn *turn, Arena *a) {
    const ScriptStep *step = turn->found;
    if (!step || !HAS(ScriptStep, step, status)) return false;
    if (!HAS(ScriptStep, step, times)) return true;
    Str key =
        arena_fmt(a, STR_FMT "#" STR_FMT "/%lld", STR_ARG(turn->scenario), STR_ARG(turn->nonce), (long long)turn->step);
    int64_t *n = map_find(&m->failures, key);
    if (!n) {
        if (m->failures.n == FAILURES_MAX) return false;
        n = arena_new_in(m->arena, int64_t);
        map_put(&m->failures, key, n);
    }
    return (*n)++ < step->times;
}

/* A row of `routes`. Where a path contains the model's name, it stands between `path` and `suffix`. */
typedef struct Route Route;
struct Route {
    const char *method, *path, *suffix;
    void (*answer)(Model *m, HttpRequest *r, const Json *body, const Route *route, Arena *taken);
    ModelDialect dialect;
    bool is_stream; /* where the path decides it, not the body */
};

static Str model_of(const HttpRequest *r, const Json *body, const Route *route) {
    Str model = json_str(body, "model");
    if (model.n || !route->suffix) return model;
    Str rest = str_from(r->path, strlen(route->path));
    return str_upto(rest, rest.n - strlen(route->suffix));
}

/* By its CLI's own header; a CLI that sends none gives an empty one. */
static Str session_of(const HttpRequest *r) {
    static const char *const headers[] = {"x-claude-code-session-id", "session-id", "x-session-id"};
    Str session = {0};
    for (size_t i = 0; i < COUNT_OF(headers) && !session.n; i++) session = http_header(r, headers[i]);
    return session;
}

static void log_request(Model *m, const HttpRequest *r, RequestLine line) {
    line.method = r->method;
    line.path = r->path;
    line.session = session_of(r);
    if (m->log_fd >= 0) request_log_add(m->log_fd, &line);
}

/* The messages of any dialect. */
static void on_messages(Model *m, HttpRequest *r, const Json *body, const Route *route, Arena *taken) {
    History history;
    ScriptTurn turn;
    ModelAnswer answer;
    history_read(body, route->dialect, taken, &history);
    script_turn(m->script, &history, taken, &turn);
    Str cwd = history_cwd(&history);
    ModelAsk ask = {
        .dialect = route->dialect,
        .is_stream = route->is_stream || json_bool(body, "stream", false),
        .wants_usage = json_bool(json_get(body, "stream_options"), "include_usage", false),
        .number = ++m->n_requests,
        .run = str(m->run),
        .vars = {.cwd = cwd.n ? cwd : m->cwd, .nonce = turn.nonce, .model = model_of(r, body, route)},
        .script = m->script,
        .history = &history,
    };
    model_answer(&ask, turn.found, fails_now(m, &turn, taken), taken, &answer);
    log_request(
        m, r,
        (RequestLine){.model = ask.vars.model, .turn = &turn, .is_stream = ask.is_stream, .status = answer.status});
    play_start(m, r, taken, &answer);
}

static void answer_json(Model *m, HttpRequest *r, const Json *body, Arena *taken, Str json) {
    ModelAnswer answer = {.status = 200, .content_type = "application/json", .retry_after_s = -1, .n_beats = 1};
    answer.beats = arena_new_in(taken, ModelBeat);
    answer.beats->bytes = json;
    log_request(m, r, (RequestLine){.model = json_str(body, "model"), .status = 200});
    play_start(m, r, taken, &answer);
}

static void on_count_tokens(Model *m, HttpRequest *r, const Json *body, const Route *route, Arena *taken) {
    const char *member = route->dialect == DIALECT_GEMINI ? "totalTokens" : "input_tokens";
    answer_json(m, r, body, taken, arena_fmt(taken, "{\"%s\":%lld}", member, (long long)model_tokens(body->raw.n)));
}

static void on_models(Model *m, HttpRequest *r, const Json *body, const Route *route, Arena *taken) {
    (void)route;
    answer_json(
        m, r, body, taken,
        STR("{\"object\":\"list\",\"has_more\":false,\"data\":[{\"id\":\"scripted\",\"object\":\"model\",\"type\":\"model\","
            "\"display_name\":\"Scripted model\",\"owned_by\":\"muster\",\"created\":0}]}"));
}

/* A client's first request, to check that a server listens. */
static void on_root(Model *m, HttpRequest *r, const Json *body, const Route *route, Arena *taken) {
    (void)route;
    answer_json(m, r, body, taken, STR("{\"scripted\":true}"));
}

static const Route routes[] = {
    {"POST", "/v1/messages", NULL, on_messages, DIALECT_ANTHROPIC, false},
    {"POST", "/v1/messages/count_tokens", NULL, on_count_tokens, DIALECT_ANTHROPIC, false},
    {"POST", "/v1/chat/completions", NULL, on_messages, DIALECT_OPENAI, false},
    {"POST", "/v1/responses", NULL, on_messages, DIALECT_RESPONSES, false},
    {"POST", "/v1beta/models/", ":generateContent", on_messages, DIALECT_GEMINI, false},
    {"POST", "/v1beta/models/", ":streamGenerateContent", on_messages, DIALECT_GEMINI, true},
    {"POST", "/v1beta/models/", ":countTokens", on_count_tokens, DIALECT_GEMINI, false},
    {"GET", "/v1/models", NULL, on_models, DIALECT_ANTHROPIC, false},
    {"GET", "/", NULL, on_root, DIALECT_ANTHROPIC, false},
    {"HEAD", "/", NULL, on_root, DIALECT_ANTHROPIC, false},
};

static const Route *find_route(const HttpRequest *r) {
    for (size_t i = 0; i < COUNT_OF(routes); i++) {
        Str path = str(routes[i].path), suffix = str(routes[i].suffix);
        if (!str_is(r->method, routes[i].method)) continue;
        bool is_it =
            suffix.n ? str_starts(r->path, path) && str_ends(str_from(r->path, path.n), suffix) : str_eq(r->path, path);
        if (is_it) return &routes[i];
    }
    return NULL;
}

static void refuse(Model *m, HttpRequest *r, int status, const char *why, Arena *taken) {
    const Route *route = find_route(r);
    ModelFailure f = {.dialect = route ? route->dialect : DIALECT_ANTHROPIC,
                      .status = status,
                      .message = str(why),
                      .retry_after_s = -1};
    ModelAnswer answer;
    model_error(&f, taken, &answer);
    log_request(m, r, (RequestLine){.status = status});
    play_start(m, r, taken, &answer);
}

static void on_request(void *arg, HttpRequest *r) {
    Model *m = arg;
    Arena *a = arena_new();
    Json *body = NULL;
    const Route *route = find_route(r);
    bool is_post = str_is(r->method, "POST");
    if (!route)
        refuse(m, r, 404, "the scripted model does not serve this path", a);
    else if (is_post &&
             (json_parse(a, arena_str(a, r->body), JSON_DEPTH_MAX, &body, NULL) < 0 || body->type != JSON_OBJECT))
        refuse(m, r, 400, "the body is not a JSON object", a);
    else
        route->answer(m, r, body, route, a);
}

/* Refuses browser pages before they can send megabytes: an agent sends no Origin. */
static bool on_head(void *arg, HttpRequest *r) {
    if (!http_header(r, "origin").p) return true;
    refuse(arg, r, 403, "the scripted model does not answer web pages", arena_new());
    return false;
}

static int load_script(Model *m, const char *name, Err *e) {
    if (str_is(str(name), "demo")) return script_parse(str_n(model_demo, model_demo_n), &m->script, e);
    CLEANUP(buf_done) Buf file;
    buf_init(&file, SCRIPT_MAX);
    TRY(file_read(AT_FDCWD, name, &file, e));
    return script_parse(buf_str(&file), &m->script, e);
}

static int open_log(Model *m, const char *path, Err *e) {
    if (!path) return 0;
    m->log_fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    return m->log_fd < 0 ? err_sys(e, "cannot open the request log %s", path) : 0;
}

static void model_free(Model *m) {
    if (m->http) http_server_free(m->http);
    if (m->log_fd >= 0) close(m->log_fd);
    script_free(m->script);
    map_done(&m->failures);
    arena_free(m->arena);
    free(m);
}
CLEANUP_HOOK(Model, model_free)

int model_start(Loop *l, const ModelConfig *c, Model **ret, int *ret_port, Err *e) {
    CLEANUP(model_freep) Model *m = mu_new(Model);
    *m = (Model){.loop = l, .arena = arena_new(), .log_fd = -1};
    list_init(&m->plays);
    m->cwd = arena_str(m->arena, str(c->cwd ? c->cwd : "."));
    uint8_t random[4];
    random_bytes(random, sizeof random);
    digest_hex(random, sizeof random, m->run);
    TRY(load_script(m, c->script, e));
    TRY(open_log(m, c->log, e));
    HttpLimits limits = {.body_max = REQUEST_MAX, .stream_queue_max = REQUEST_MAX};
    HttpHandler h = {
        .on_request = on_request, .on_head = on_head, .arg = m, .usual = usual, .n_usual = COUNT_OF(usual)};
    TRY(http_server_new(l, &limits, &h, &m->http, e));
    int r = http_listen_tcp(m->http, "127.0.0.1", c->port, ret_port, e);
    if (r < 0)
        model_stop(TAKE(m), NULL, NULL); /* the loop still closes what the server had opened */
    else
        *ret = TAKE(m);
    return r;
}

static void finish(void *arg) {
    Model *m = arg;
    void (*on_done)(void *) = m->on_done;
    void *done_arg = m->done_arg;
    model_free(m);
    if (on_done) on_done(done_arg);
}

/* Not inside the server's own callback, because this frees the server. */
static void on_stopped(void *arg) {
    Model *m = arg;
    loop_after_turn(m->loop, finish, m);
}

/* Answers in progress are cut short at once, so that the server's connections end. */
void model_stop(Model *m, void (*on_done)(void *arg), void *arg) {
    m->on_done = on_done;
    m->done_arg = arg;
    list_each(&m->plays, Play, link, p) {
        timer_stop(&p->timer);
        if (p->request) play_head(p);
        if (p->stream) play_end(p);
    }
    http_server_stop(m->http, on_stopped, m);
}
