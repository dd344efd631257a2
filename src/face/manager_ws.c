/* See manager_ws.h. */
#include "face/manager_ws.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/ulid.h"
#include "core/auth.h"
#include "core/hub.h"
#include "net/ws.h"

enum { SUBS_MAX = 512, FRAME_MAX = 2 << 20, BLOCK_MAX = 301, ID_MAX = 256 };

typedef struct Manager {
    App *app;
    WsConn *ws;
    List subs; /* ManagerSub.link */
    int n_subs;
    bool is_full;
} Manager;

typedef struct ManagerSub {
    Manager *m;
    HubSub *sub;
    List link; /* Manager.subs */
    char topic[80];
    Str id;                /* after the slash */
    char block[BLOCK_MAX]; /* text block whose deltas were sent */
    bool is_end_sent;      /* the output frame of a turn's end whose error frame was refused */
} ManagerSub;

/* A frame in progress: the payload is encoded once and inserted twice, as an object and inline. */
typedef struct Frame {
    const char *type;
    Buf payload;
    JsonOut o;
} Frame;

static void frame_begin(Frame *f, const char *type) {
    f->type = type;
    buf_init(&f->payload, FRAME_MAX);
    f->o = json_out(&f->payload);
    json_begin_object(&f->o);
}

static bool frame_send(Frame *f, Manager *m) {
    json_end_object(&f->o);
    CLEANUP(arena_freep) Arena *a = arena_new();
    CLEANUP(buf_done) Buf payload = f->payload, out;
    buf_init(&out, 2 * FRAME_MAX + 256);
    char at[TIME_TEXT_MAX];
    size_t n_at = time_print(clock_now_us(), at);
    Json *p = NULL;
    if (json_parse(a, buf_str(&payload), JSON_DEPTH_MAX, &p, NULL) < 0) return true; /* too large for a frame */
    JsonOut o = json_out(&out);
    json_begin_object(&o);
    json_kv_str(&o, "type", str(f->type));
    json_kv_raw(&o, "payload", p->raw);
    json_kv_str(&o, "timestamp", str_n(at, n_at));
    for (size_t i = 0; i < p->n; i++) {
        json_key(&o, p->members[i].key);
        json_put_raw(&o, p->members[i].value.raw);
    }
    json_end_object(&o);
    bool ok = !m->ws || ws_send_text(m->ws, buf_str(&out));
    if (!ok) m->is_full = true;
    return ok;
}

/* --- events → frames -------------------------------------------------------------------------------------- */

static bool send_output(ManagerSub *s, Str content, bool is_streaming) {
    Frame f;
    frame_begin(&f, "agent:output");
    json_kv_str(&f.o, "agentId", s->id);
    json_kv_str(&f.o, "content", content);
    json_kv_str(&f.o, "role", STR("assistant"));
    json_kv_bool(&f.o, "isStreaming", is_streaming);
    json_kv_bool(&f.o, "isComplete", !is_streaming);
    return frame_send(&f, s->m);
}

static void keep(char *to, size_t size, Str s) {
    size_t n = s.n < size - 1 ? s.n : size - 1;
    if (n) memcpy(to, s.p, n);
    to[n] = 0;
}

static bool on_text_delta(ManagerSub *s, const Json *p) {
    if (json_get(p, "parent")) return true;
    if (!send_output(s, json_str(p, "text"), true)) return false;
    keep(s->block, sizeof s->block, json_str(p, "block"));
    return true;
}

/* A block whose deltas were sent is not sent again. */
static bool on_text(ManagerSub *s, const Json *p) {
    if (json_get(p, "parent") || str_is(json_str(p, "block"), s->block)) return true;
    return send_output(s, json_str(p, "text"), true);
}

static const char *manager_reason(Str status) {
    if (str_is(status, "waiting")) return "awaiting_input";
    if (str_is(status, "error")) return "process_error";
    return str_is(status, "finished") ? "completed" : NULL;
}

/* Only the word counts here: an event that changes only the reason has no previous status. */
static bool on_status(ManagerSub *s, const Json *p) {
    Str status = json_str(p, "status"), previous = json_str(p, "previous");
    if (!previous.n) return true;
    Frame f;
    frame_begin(&f, "agent:status");
    json_kv_str(&f.o, "agentId", s->id);
    json_kv_str(&f.o, "previousStatus", previous);
    json_kv_str(&f.o, "status", status);
    if (manager_reason(status)) json_kv_str(&f.o, "reason", str(manager_reason(status)));
    return frame_send(&f, s->m);
}

static bool on_context(ManagerSub *s, const Json *p) {
    Frame f;
    frame_begin(&f, "agent:context");
    json_kv_str(&f.o, "agentId", s->id);
    json_kv_i64(&f.o, "contextLevel", json_i64(p, "level", 0));
    json_kv_i64(&f.o, "level", json_i64(p, "level", 0));
    json_kv_i64(&f.o, "tokensUsed", json_i64(p, "used", 0));
    json_kv_i64(&f.o, "tokensLimit", json_i64(p, "window", 0));
    return frame_send(&f, s->m);
}

/* Two frames: if the second is refused, the event comes again although the first was sent. */
static bool on_turn_end(ManagerSub *s, const Json *p) {
    if (!s->is_end_sent && !send_output(s, STR(""), false)) return false;
    s->is_end_sent = str_is(json_str(p, "outcome"), "error");
    if (!s->is_end_sent) return true;
    Frame f;
    frame_begin(&f, "agent:error");
    json_kv_str(&f.o, "agentId", s->id);
    json_key(&f.o, STR("error"));
    json_begin_object(&f.o);
    json_kv_str(&f.o, "code", json_str(p, "code").n ? json_str(p, "code") : STR("PROVIDER_ERROR"));
    json_kv_str(&f.o, "message", json_str(p, "text").n ? json_str(p, "text") : STR("the turn failed"));
    json_end_object(&f.o);
    s->is_end_sent = !frame_send(&f, s->m);
    return !s->is_end_sent;
}

/* A signal as Claude Manager prints it: by name. */
static Str signal_name(int64_t number, Arena *a) {
    const char *name = sigabbrev_np((int)number);
    return name ? arena_fmt(a, "SIG%s", name) : arena_fmt(a, "SIG%lld", (long long)number);
}

static bool on_exit_event(ManagerSub *s, const Json *p) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    bool is_clean = json_bool(p, "isClean", false);
    int64_t code = json_i64(p, "code", -1), signal = json_i64(p, "signal", 0);
    Frame f;
    frame_begin(&f, "agent:terminated");
    json_kv_str(&f.o, "agentId", s->id);
    if (code < 0)
        json_kv_raw(&f.o, "exitCode", STR("null"));
    else
        json_kv_i64(&f.o, "exitCode", code);
    if (signal > 0)
        json_kv_str(&f.o, "signal", signal_name(signal, a));
    else
        json_kv_raw(&f.o, "signal", STR("null"));
    json_kv_str(&f.o, "reason", !is_clean ? STR("error") : code == 0 ? STR("completed") : STR("user_stopped"));
    return frame_send(&f, s->m);
}

static bool on_workspace_updated(ManagerSub *s, const Json *p) {
    Frame f;
    frame_begin(&f, "workspace:updated");
    json_kv_str(&f.o, "workspaceId", s->id);
    json_kv_str(&f.o, "change", json_str(p, "change"));
    if (json_get(p, "data")) json_kv_raw(&f.o, "data", json_get(p, "data")->raw);
    return frame_send(&f, s->m);
}

static bool on_usage_updated(ManagerSub *s, const Json *p) {
    Frame f;
    frame_begin(&f, "usage:updated");
    if (json_get(p, "daily")) json_kv_raw(&f.o, "daily", json_get(p, "daily")->raw);
    if (json_get(p, "weekly")) json_kv_raw(&f.o, "weekly", json_get(p, "weekly")->raw);
    return frame_send(&f, s->m);
}

static const struct {
    const char *topic, *kind;
    bool (*send)(ManagerSub *s, const Json *payload);
} translations[] = {
    {"agent/", "text_delta", on_text_delta},
    {"agent/", "text", on_text},
    {"agent/", "status", on_status},
    {"agent/", "context", on_context},
    {"agent/", "turn_end", on_turn_end},
    {"agent/", "exit", on_exit_event},
    {"workspace/", "workspace_updated", on_workspace_updated},
    {"usage/", "usage_updated", on_usage_updated},
};

static bool on_event(void *arg, const HubEvent *ev) {
    ManagerSub *s = arg;
    for (size_t i = 0; i < COUNT_OF(translations); i++) {
        if (!str_starts(ev->topic, str(translations[i].topic)) || !str_is(ev->kind, translations[i].kind)) continue;
        CLEANUP(arena_freep) Arena *a = arena_new();
        Json *p = NULL;
        if (json_parse(a, ev->payload, JSON_DEPTH_MAX, &p, NULL) < 0) return true;
        return translations[i].send(s, p);
    }
    return true;
}

static const HubSink sink = {.on_event = on_event};

/* --- messages in ------------------------------------------------------------------------------------------ */

static void send_error(Manager *m, const char *code, const char *message) {
    Frame f;
    frame_begin(&f, "error");
    json_kv_str(&f.o, "code", str(code));
    json_kv_str(&f.o, "message", str(message));
    (void)frame_send(&f, m);
}

static ManagerSub *find_sub(Manager *m, const char *topic) {
    list_each(&m->subs, ManagerSub, link, s) if (strcmp(s->topic, topic) == 0) return s;
    return NULL;
}

static void drop_sub(ManagerSub *s) {
    hub_unsubscribe(s->sub);
    list_remove(&s->link);
    s->m->n_subs--;
    free(s);
}

static int add_sub(Manager *m, const char *topic, size_t n_prefix, Err *e) {
    if (find_sub(m, topic)) return 0;
    if (m->n_subs >= SUBS_MAX) return err_fail(e, ERR_RATE_LIMITED, "too many subscriptions");
    ManagerSub *s = mu_new(ManagerSub);
    s->m = m;
    keep(s->topic, sizeof s->topic, str(topic));
    s->id = str(s->topic + n_prefix);
    HubFrom from = {.topic = str(s->topic), .after = HUB_NOW};
    if (hub_subscribe(m->app->hub, &from, &sink, s, &s->sub, e) < 0) {
        free(s);
        return -(int)e->code;
    }
    list_add_last(&m->subs, &s->link);
    m->n_subs++;
    return 0;
}

/* Its payload has a member `type` of its own, so its members are not inlined. */
static void confirm(Manager *m, const char *type, const char *noun, Str id) {
    char at[TIME_TEXT_MAX];
    CLEANUP(buf_done) Buf out;
    buf_init(&out, 4096);
    JsonOut o = json_out(&out);
    json_begin_object(&o);
    json_kv_str(&o, "type", str(type));
    json_key(&o, STR("payload"));
    json_begin_object(&o);
    json_kv_str(&o, "type", str(noun));
    json_kv_str(&o, "id", id);
    json_end_object(&o);
    json_kv_str(&o, "timestamp", str_n(at, time_print(clock_now_us(), at)));
    json_end_object(&o);
    if (m->ws) (void)ws_send_text(m->ws, buf_str(&out));
}

static int change_topic(Manager *m, const char *noun, Str id, bool adds, Err *e) {
    char topic[80];
    snprintf(topic, sizeof topic, "%s/" STR_FMT, noun, STR_ARG(id));
    if (adds) return add_sub(m, topic, strlen(noun) + 1, e);
    ManagerSub *old = find_sub(m, topic);
    if (old) drop_sub(old);
    return 0;
}

static void change_sub(Manager *m, const Json *msg, const char *noun, bool adds) {
    bool is_agent = strcmp(noun, "agent") == 0;
    const char *field = is_agent ? "agentId" : "workspaceId";
    Str id = json_str(json_get(msg, "payload"), field);
    Err e = {0};
    if (!id.n) id = json_str(msg, field);
    const char *failed = adds ? "SUBSCRIPTION_FAILED" : "UNSUBSCRIPTION_FAILED";
    if (!id.n || id.n > ID_MAX) {
        send_error(m, failed, id.n ? "the id is too long" : "the id is missing");
        return;
    }
    /* Claude Manager accepts any id. For one that is not ours no event will ever be sent. */
    if (id_is(id, is_agent ? "ag" : "ws") && change_topic(m, noun, id, adds, &e) < 0) {
        send_error(m, failed, e.text);
        return;
    }
    confirm(m, adds ? "subscribed" : "unsubscribed", noun, id);
}

static void pong(Manager *m) {
    Frame f;
    frame_begin(&f, "pong");
    (void)frame_send(&f, m);
}

static void handle(Manager *m, const Json *msg) {
    Str type = json_str(msg, "type");
    static const struct {
        const char *type, *noun;
        bool adds;
    } subs[] = {{"subscribe:agent", "agent", true},
                {"unsubscribe:agent", "agent", false},
                {"subscribe:workspace", "workspace", true},
                {"unsubscribe:workspace", "workspace", false}};
    for (size_t i = 0; i < COUNT_OF(subs); i++) {
        if (!str_is(type, subs[i].type)) continue;
        change_sub(m, msg, subs[i].noun, subs[i].adds);
        return;
    }
    if (str_is(type, "ping"))
        pong(m);
    else if (!type.n)
        send_error(m, "INVALID_MESSAGE", "a message must have a type");
    else
        send_error(m, "UNKNOWN_MESSAGE_TYPE", "unknown message type");
}

static void on_message(void *arg, WsOpcode op, Str payload) {
    Manager *m = arg;
    CLEANUP(arena_freep) Arena *a = arena_new();
    Json *msg = NULL;
    if (op != WS_TEXT || json_parse(a, payload, JSON_DEPTH_REQUEST, &msg, NULL) < 0)
        send_error(m, "INVALID_JSON", "the message is not JSON");
    else
        handle(m, msg);
}

static void on_drain(void *arg) {
    Manager *m = arg;
    if (!m->is_full) return;
    m->is_full = false;
    list_each(&m->subs, ManagerSub, link, s) hub_resume(s->sub);
}

static void on_closed(void *arg, int code) {
    (void)code;
    Manager *m = arg;
    ManagerSub *s;
    while ((s = list_first(&m->subs, ManagerSub, link))) drop_sub(s);
    free(m);
}

static const WsHandler handler = {on_message, on_drain, on_closed};

void manager_ws_accept(App *app, HttpRequest *r, const Principal *who) {
    Manager *m = mu_new(Manager);
    Err e = {0};
    m->app = app;
    list_init(&m->subs);
    WsConfig c = {0};
    m->ws = ws_accept(r, &c, &handler, m);
    if (!m->ws) { /* the client has disconnected in the meantime */
        free(m);
        return;
    }
    char usage[sizeof who->org + 8];
    snprintf(usage, sizeof usage, "usage/%s", who->org);
    if (add_sub(m, usage, 6, &e) < 0) send_error(m, "SUBSCRIPTION_FAILED", e.text);
}
