/* See rig.h. */
#include "adapter/rig.h"

#include "base/mem.h"
#include "base/test.h"

static void on_event(void *arg, AgentEventKind kind, const void *value) {
    Rig *r = arg;
    JsonOut o = json_out(&r->events);
    buf_add_fmt(&r->events, "%s ", agent_events[kind].word);
    shape_encode(agent_events[kind].shape, value, &o);
    buf_add_c(&r->events, '\n');
}

static void on_reply(void *arg, Str bytes) { buf_add_str(&((Rig *)arg)->replies, bytes); }

static AdapterSink sink_of(Rig *r) { return (AdapterSink){on_event, on_reply, r}; }

void rig_say(Rig *r, const char *line) {
    AdapterSink sink = sink_of(r);
    r->adapter->line(r->state, &(AdapterLine){.bytes = str(line), .at = 1}, &sink);
}

void rig_write(Rig *r, Str bytes) {
    AdapterSink sink = sink_of(r);
    r->adapter->input(r->state, bytes, 1, &sink);
}

static Str take(Rig *r, Buf *of) {
    Str all = arena_str(r->arena, buf_str(of));
    buf_clear(of);
    return all;
}

Str rig_take_replies(Rig *r) {
    Str all = take(r, &r->replies);
    rig_write(r, all);
    return all;
}

Str rig_take_events(Rig *r) { return take(r, &r->events); }

void rig_open(Rig *r, const Adapter *ad, const AdapterSpec *spec) {
    Err e = {0};
    CLEANUP(buf_done) Buf begin, first;
    *r = (Rig){.adapter = ad, .arena = arena_new(), .number = 8};
    buf_init(&r->events, RIG_OUT_MAX);
    buf_init(&r->replies, RIG_OUT_MAX);
    buf_init(&begin, ADAPTER_STATE_MAX);
    buf_init(&first, ADAPTER_STATE_MAX);
    CHECK_OK(ad->begin(&(AdapterBegin){.spec = spec, .folder = STR("/wt")}, &begin, &e), e);
    CHECK_OK(ad->renew(buf_str(&begin), &r->state, &e), e);
    CHECK_OK(ad->start(&(AdapterTo){.number = 1}, &first, &e), e);
    CHECK_CONTAINS(buf_str(&first), "\"initialize\"");
    rig_write(r, buf_str(&first));
}

void rig_close(Rig *r) {
    r->adapter->close(r->state);
    buf_done(&r->events);
    buf_done(&r->replies);
    arena_free(r->arena);
}

Str rig_saved(Rig *r) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, ADAPTER_STATE_MAX);
    r->adapter->save(r->state, &b);
    CHECK(!b.failed);
    return arena_str(r->arena, buf_str(&b));
}

void rig_prompt(Rig *r, const char *text) {
    Err e = {0};
    CLEANUP(buf_done) Buf b;
    buf_init(&b, RIG_OUT_MAX);
    CHECK_OK(r->adapter->prompt(&(AdapterTo){r->session_id, ++r->number, {0}}, str(text), &b, &e), e);
    rig_write(r, buf_str(&b));
}
