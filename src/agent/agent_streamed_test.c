/* What was streamed of a text whose end never came. */
#include "agent/bench.h"
#include "base/test.h"
#include "conversation/last_line.h"
#include "conversation/open_text.h"

#define DELTA(block, text) \
    { EV_KIND_TEXT_DELTA, "{\"block\":\"" block "\",\"text\":\"" text "\"}" }
#define DELTA_OF(block, parent, text) \
    { EV_KIND_TEXT_DELTA, "{\"block\":\"" block "\",\"parent\":\"" parent "\",\"text\":\"" text "\"}" }
#define TEXT(block, text) \
    { EV_KIND_TEXT, "{\"block\":\"" block "\",\"text\":\"" text "\"}" }

static const char texts[] =
    "SELECT group_concat(coalesce(parent || '>', '') || content || iif(is_complete, '.', '~'), ' ') "
    "FROM (SELECT * FROM message WHERE role = 'assistant' ORDER BY number)";
static const char events[] =
    "SELECT group_concat((payload ->> 'text') || iif(payload ->> 'isIncomplete', '~', '.'), ' ') FROM (SELECT payload "
    "FROM event JOIN event_word w ON w.number = kind WHERE w.text = 'text' ORDER BY event.id)";
static const char open[] = "SELECT count(*) FROM open_text";

static void kill_it(Bench *b) {
    static const Say out[] = {{EV_KIND_EXIT, "{\"signal\":9,\"isClean\":false}"}, {0}};
    bench_exit(b, (HoldExit){.code = -1, .signal = 9, .reason = STR("exited")}, out);
}

TEST(what_was_streamed_before_a_kill_becomes_one_incomplete_message) {
    static const Say before[] = {TEXT("m:0", "whole"), DELTA("m:1", "half "), {0}};
    static const Say more[] = {DELTA("m:1", "a "), DELTA_OF("s:0", "call", "sub"), DELTA("m:1", "sen"), {0}};
    Bench b;
    bench_open(&b);
    bench_start(&b);
    bench_apply(&b, before);
    bench_apply(&b, more);
    CHECK_STR(test_cell(&b.t, texts), "whole.");
    CHECK_STR(test_cell(&b.t, open), "2");
    kill_it(&b);
    CHECK_STR(test_cell(&b.t, texts), "whole. half a sen~ call>sub~");
    CHECK_STR(test_cell(&b.t, events), "whole. half a sen~ sub~");
    CHECK_STR(test_cell(&b.t, open), "0");
    CHECK_STR(test_cell(&b.t, "SELECT last_line FROM conversation"), "half a sen");
    CHECK_STR(test_cell(&b.t, "SELECT next_index FROM conversation"), "2");
    bench_close(&b);
}

TEST(what_was_streamed_before_a_hold_was_lost_becomes_one_incomplete_message) {
    static const Say said[] = {DELTA("m:0", "half "), {0}};
    Bench b;
    bench_open(&b);
    bench_start(&b);
    bench_apply(&b, said);
    test_write(&b.t, bench_lose_tx, &(Loss){&b, LAUNCH_LOST_WHY});
    CHECK_STR(test_cell(&b.t, texts), "half ~");
    CHECK_STR(test_cell(&b.t, open), "0");
    bench_close(&b);
}

/* The same speaker goes on: what it left is stored before what follows, once, and its end still completes it. */
TEST(a_text_that_its_speaker_left_is_incomplete_until_its_end_comes_after_all) {
    static const Say left[] = {DELTA("a:0", "lost"), DELTA_OF("s:0", "call", "sub"), DELTA("b:0", "ag"), {0}};
    static const Say next[] = {TEXT("b:0", "again"), {0}};
    static const Say late[] = {DELTA("a:0", " no more"), TEXT("a:0", "lost and found"), {0}};
    Bench b;
    bench_open(&b);
    bench_start(&b);
    bench_apply(&b, left);
    bench_apply(&b, next);
    CHECK_STR(test_cell(&b.t, texts), "lost~ again.");
    bench_apply(&b, late);
    CHECK_STR(test_cell(&b.t, texts), "lost and found. again.");
    CHECK_STR(test_cell(&b.t, events), "lost~ again. lost and found.");
    kill_it(&b);
    CHECK_STR(test_cell(&b.t, texts), "lost and found. again. call>sub~");
    bench_close(&b);
}

TEST(the_end_of_a_turn_ends_the_text_of_its_main_thread) {
    static const Say said[] = {DELTA("a:0", "half"), DELTA_OF("s:0", "call", "sub"), IDLE, {0}};
    static const Say later[] = {{EV_KIND_TEXT, "{\"block\":\"s:0\",\"parent\":\"call\",\"text\":\"subagent\"}"}, {0}};
    Bench b;
    bench_open(&b);
    bench_start(&b);
    bench_apply(&b, said);
    CHECK_STR(test_cell(&b.t, texts), "half~");
    bench_apply(&b, later);
    CHECK_STR(test_cell(&b.t, texts), "half~ call>subagent.");
    kill_it(&b);
    CHECK_STR(test_cell(&b.t, texts), "half~ call>subagent.");
    bench_close(&b);
}

/* A CLI that opens blocks without end does not make the list of them longer. */
TEST(the_oldest_of_too_many_open_texts_is_stored_with_what_it_has) {
    Bench b;
    bench_open(&b);
    bench_start(&b);
    for (int i = 0; i <= OPEN_TEXTS_MAX; i++) {
        char json[100];
        snprintf(json, sizeof json, "{\"block\":\"b%d\",\"parent\":\"p%d\",\"text\":\"t%d\"}", i, i, i);
        bench_apply(&b, (const Say[]){{EV_KIND_TEXT_DELTA, json}, {0}});
    }
    CHECK_STR(test_cell(&b.t, texts), "p0>t0~");
    kill_it(&b);
    CHECK_STR(test_cell(&b.t, "SELECT count(*) FROM message WHERE role = 'assistant' AND NOT is_complete"), "17");
    bench_close(&b);
}

/* More than an event can show, and more than the store keeps of one message. */
TEST(a_long_streamed_text_is_stored_up_to_the_limit_of_a_message) {
    enum { PIECE = 250 * 1024, PIECES = EVENT_WHOLE_MAX / PIECE + 2 };
    Bench b;
    bench_open(&b);
    bench_start(&b);
    char *text = arena_alloc(b.t.arena, PIECE + 1);
    memset(text, 'x', PIECE);
    text[PIECE] = 0;
    const char *json = arena_fmt(b.t.arena, "{\"block\":\"m:0\",\"text\":\"%s\"}", text).p;
    for (int i = 0; i < PIECES; i++) bench_apply(&b, (const Say[]){{EV_KIND_TEXT_DELTA, json}, {0}});
    kill_it(&b);
    CHECK_STR(test_cell(&b.t, "SELECT length(content) || ' ' || truncated || ' ' || is_complete FROM message "
                              "WHERE role = 'assistant'"),
              "16777216 1 0");
    CHECK_STR(test_cell(&b.t, "SELECT length(payload ->> 'text') || ' ' || (payload ->> 'size') FROM event "
                              "JOIN event_word w ON w.number = kind WHERE w.text = 'text'"),
              arena_fmt(b.t.arena, "%d %d", EVENT_TEXT_MAX, PIECES * PIECE).p);
    bench_close(&b);
}

/* Codex repeats only the beginning of a message that was interrupted. */
TEST(what_was_streamed_replaces_an_end_that_has_less_of_it) {
    static const Say said[] = {DELTA("m:0", "first half, "),
                               DELTA("m:0", "second half"),
                               {EV_KIND_TEXT, "{\"block\":\"m:0\",\"text\":\"first\",\"truncated\":true,\"size\":23}"},
                               {0}};
    Bench b;
    bench_open(&b);
    bench_start(&b);
    bench_apply(&b, said);
    CHECK_STR(test_cell(&b.t, texts), "first half, second half.");
    CHECK_STR(test_cell(&b.t, events), "first half, second half.");
    CHECK_STR(test_cell(&b.t, "SELECT count(truncated) FROM message"), "0");
    CHECK_STR(test_cell(&b.t, open), "0");
    bench_close(&b);
}

static int follow_tx(Tx *tx, void *arg, Err *e) {
    bool *ret_is_other = arg;
    return last_line_follow(tx, (ConversationOf){STR("agent"), STR(AGENT_ID)}, ret_is_other, e);
}

/* The line that is shown after these events, with a star if it was another one before. */
static Str followed(Bench *b, const Say *list) {
    bool is_other = false;
    bench_apply(b, list);
    test_write(&b->t, follow_tx, &is_other);
    Str line = test_cell(&b->t, "SELECT last_line FROM conversation");
    return arena_fmt(b->t.arena, STR_FMT "%s", STR_ARG(line), is_other ? "*" : "");
}

TEST(the_last_line_follows_what_streams) {
    enum { LONG = 1500 };
    char text[LONG + 1];
    Bench b;
    bench_open(&b);
    bench_start(&b);
    CHECK_STR(followed(&b, (const Say[]){DELTA("m:0", "Fir"), DELTA("m:0", "st li"), {0}}), "First li*");
    CHECK_STR(followed(&b, (const Say[]){DELTA("m:0", "ne\\n\\nSecond"), {0}}), "Second*");
    CHECK_STR(followed(&b, (const Say[]){DELTA("m:0", "\\n"), DELTA_OF("s:0", "call", "A subagent"), {0}}), "Second");
    /* Of a line that is too long to be read again, what was shown of it stays. */
    memset(text, 'x', LONG);
    text[LONG] = 0;
    const char *json = arena_fmt(b.t.arena, "{\"block\":\"m:0\",\"text\":\"%s\"}", text).p;
    const Say more[] = {DELTA("m:0", "A long line "), {EV_KIND_TEXT_DELTA, json}, {EV_KIND_TEXT_DELTA, json}, {0}};
    CHECK_STR(followed(&b, more), "Second");
    CHECK_STR(followed(&b, (const Say[]){DELTA("m:0", "\\nThird"), {0}}), "Third*");
    static const Say call[] = {
        {EV_KIND_TOOL_START, "{\"toolId\":\"t-1\",\"name\":\"Read\",\"kind\":\"read\",\"title\":\"a.c\"}"}, {0}};
    CHECK_STR(followed(&b, call), "a.c");
    CHECK_STR(followed(&b, (const Say[]){DELTA("n:0", "Fourth"), {0}}), "Fourth*");
    CHECK_STR(followed(&b, (const Say[]){TEXT("n:0", "Fourth line"), {0}}), "Fourth line");
    bench_close(&b);
}
