#include "sys/loop.h"

#include <pthread.h>

#include "base/test.h"

typedef struct Trace {
    Loop *loop;
    Timer timer;
    char text[64];
    size_t n;
    bool stop_posted;
} Trace;

static void note(Trace *t, char c) {
    t->text[t->n++] = c;
    t->text[t->n] = '\0';
}

static Loop *new_loop(void) {
    Loop *l;
    Err e;
    CHECK_OK(loop_new(&l, &e), e);
    return l;
}

typedef struct Letter {
    Trace *trace;
    char c;
} Letter;

static void on_letter(void *arg) {
    Letter *l = arg;
    note(l->trace, l->c);
}

TEST(loop_runs_posts_in_order) {
    Trace t = {.loop = new_loop()};
    Letter letters[] = {{&t, 'a'}, {&t, 'b'}, {&t, 'c'}};
    for (size_t i = 0; i < COUNT_OF(letters); i++) loop_post(t.loop, on_letter, &letters[i]);
    loop_stop(t.loop);
    loop_run(t.loop);
    loop_free(t.loop);
    CHECK_STR(str(t.text), "abc");
}

static void on_last(void *arg) {
    Trace *t = arg;
    note(t, '3');
    loop_stop(t->loop);
}

static void on_first(void *arg) {
    Trace *t = arg;
    note(t, '1');
    loop_after_turn(t->loop, on_last, t);
    note(t, '2');
}

TEST(loop_after_turn_runs_when_the_callback_has_returned) {
    Trace t = {.loop = new_loop()};
    loop_post(t.loop, on_first, &t);
    loop_run(t.loop);
    loop_free(t.loop);
    CHECK_STR(str(t.text), "123");
}

static void on_timer_gone(Timer *timer) { note(container_of(timer, Trace, timer), 'x'); }

static void on_due(Timer *timer) {
    Trace *t = container_of(timer, Trace, timer);
    note(t, 't');
    if (t->n < 3) return;
    timer_close(timer, on_timer_gone);
    loop_stop(t->loop);
}

TEST(timer_repeats_until_it_is_closed) {
    Trace t = {.loop = new_loop()};
    timer_init(t.loop, &t.timer, on_due);
    timer_start(&t.timer, 1, 1);
    loop_run(t.loop);
    loop_free(t.loop);
    CHECK_STR(str(t.text), "tttx");
}

typedef struct Caller {
    Loop *loop;
    int64_t sum; /* only touched on the loop's thread */
    int wrong_thread;
} Caller;

static void on_add(void *arg) {
    Caller *c = arg;
    c->wrong_thread += !loop_is_current(c->loop);
    c->sum++;
}

static void *call_often(void *arg) {
    Caller *c = arg;
    thread_set_role(THREAD_WORKER);
    for (int i = 0; i < 500; i++) loop_call(c->loop, on_add, c);
    return NULL;
}

static void *call_then_stop(void *arg) {
    Caller *c = arg;
    pthread_t threads[4];
    for (size_t i = 0; i < COUNT_OF(threads); i++) pthread_create(&threads[i], NULL, call_often, c);
    for (size_t i = 0; i < COUNT_OF(threads); i++) pthread_join(threads[i], NULL);
    loop_stop(c->loop);
    return NULL;
}

TEST(loop_call_waits_until_the_loop_has_run_it) {
    Caller c = {.loop = new_loop()};
    pthread_t starter;
    pthread_create(&starter, NULL, call_then_stop, &c);
    loop_run(c.loop);
    pthread_join(starter, NULL);
    loop_free(c.loop);
    CHECK_I64(c.sum, 2000);
    CHECK_I64(c.wrong_thread, 0);
}

TEST(loop_call_does_not_hang_once_the_loop_has_ended) {
    Caller c = {.loop = new_loop()};
    pthread_t late;
    loop_stop(c.loop);
    loop_run(c.loop);
    pthread_create(&late, NULL, call_often, &c);
    pthread_join(late, NULL);
    loop_free(c.loop);
    CHECK_I64(c.sum, 500);
}
