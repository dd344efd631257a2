/* Words and reasons of the status as stories: each step is an event or an act, and the resulting status. */
#include "adapter/event.h"
#include "adapter/status.h"
#include "base/mem.h"
#include "base/test.h"

typedef enum StepKind { END, ACT, STATE, ASK, CANCEL, TURN, EXIT_CODE, EXIT_SIGNAL, BACKGROUND, OTHER } StepKind;

typedef struct Step {
    StepKind kind;
    int what;         /* StatusAct, CliState, AskKind, TurnOutcome, code or signal */
    const char *text; /* request id, detail or error text */
    bool by_protocol, is_clean;
    AgentReason want; /* after the step */
    int want_background;
} Step;

typedef struct Story {
    const char *name;
    Step steps[12];
} Story;

static const Story stories[] = {
    {"a turn with the CLI's own state",
     {{ACT, ACT_LAUNCHED, .want = REASON_STARTING},
      {STATE, CLI_TURN_BEGUN, .want = REASON_STARTING},
      {STATE, CLI_RUNNING, .by_protocol = true, .want = REASON_WORKING},
      {ASK, ASK_PERMISSION, "r1", .want = REASON_PERMISSION},
      {STATE, CLI_ANSWERED, "r1", .want = REASON_WORKING},
      {TURN, TURN_OK, .want = REASON_WORKING},
      {STATE, CLI_IDLE, .by_protocol = true, .want = REASON_TURN_DONE},
      {EXIT_CODE, 0, .is_clean = true, .want = REASON_EXITED}}},
    {"an older CLI without state events",
     {{ACT, ACT_LAUNCHED, .want = REASON_STARTING},
      {STATE, CLI_RUNNING, .want = REASON_WORKING},
      {ASK, ASK_QUESTION, "r1", .want = REASON_QUESTION},
      {CANCEL, 0, "r1", .want = REASON_WORKING},
      {TURN, TURN_OK, .want = REASON_TURN_DONE}}},
    {"several asks: the first open one is shown",
     {{STATE, CLI_RUNNING, .by_protocol = true, .want = REASON_WORKING},
      {ASK, ASK_PLAN, "r1", .want = REASON_PLAN},
      {ASK, ASK_QUESTION, "r2", .want = REASON_PLAN},
      {STATE, CLI_RUNNING, .by_protocol = true, .want = REASON_PLAN},
      {STATE, CLI_ANSWERED, "r1", .want = REASON_QUESTION},
      {STATE, CLI_ANSWERED, "r2", .want = REASON_WORKING}}},
    {"an ask of a subagent is open after the end of the turn, and its answer opens none",
     {{STATE, CLI_TURN_BEGUN, .want = REASON_WORKING},
      {ASK, ASK_PERMISSION, "r1", .want = REASON_PERMISSION},
      {TURN, TURN_OK, .want = REASON_PERMISSION},
      {STATE, CLI_ANSWERED, "r1", .want = REASON_TURN_DONE}}},
    {"an API error outlives being idle, and the next turn clears it",
     {{STATE, CLI_RUNNING, .by_protocol = true, .want = REASON_WORKING},
      {STATE, CLI_RETRYING, "529 overloaded", .want = REASON_RETRYING},
      {TURN, TURN_ERROR, "API Error: 529", .want = REASON_RETRYING},
      {STATE, CLI_IDLE, .by_protocol = true, .want = REASON_API},
      {STATE, CLI_TURN_BEGUN, .want = REASON_WORKING},
      {TURN, TURN_OK, .want = REASON_WORKING},
      {STATE, CLI_IDLE, .by_protocol = true, .want = REASON_TURN_DONE}}},
    {"a turn that a gap in the log seemed to end goes on",
     {{STATE, CLI_RUNNING, .by_protocol = true, .want = REASON_WORKING},
      {TURN, TURN_UNKNOWN, .want = REASON_READY},
      {OTHER, EV_KIND_TEXT_DELTA, .want = REASON_WORKING},
      {OTHER, EV_KIND_TEXT, .want = REASON_WORKING},
      {TURN, TURN_OK, .want = REASON_WORKING},
      {STATE, CLI_IDLE, .by_protocol = true, .want = REASON_TURN_DONE},
      {OTHER, EV_KIND_TEXT_DELTA, .want = REASON_TURN_DONE}}},
    {"an API error, then the exit that repeats it",
     {{STATE, CLI_RUNNING, .want = REASON_WORKING},
      {TURN, TURN_ERROR, "Credit balance is too low", .want = REASON_API},
      {EXIT_CODE, 1, .is_clean = true, .want = REASON_API}}},
    {"interrupted",
     {{STATE, CLI_RUNNING, .by_protocol = true, .want = REASON_WORKING},
      {TURN, TURN_INTERRUPTED, .want = REASON_WORKING},
      {STATE, CLI_IDLE, .by_protocol = true, .want = REASON_INTERRUPTED}}},
    {"a background command does not keep the turn open; output of the CLI after it is a new turn",
     {{STATE, CLI_RUNNING, .by_protocol = true, .want = REASON_WORKING},
      {BACKGROUND, 2, .want = REASON_WORKING},
      {TURN, TURN_OK, .want = REASON_TURN_DONE, .want_background = 2},
      {BACKGROUND, 1, .want = REASON_TURN_DONE, .want_background = 1},
      {OTHER, EV_KIND_TEXT, .want = REASON_WORKING},
      {TURN, TURN_OK, .want = REASON_TURN_DONE, .want_background = 1},
      {BACKGROUND, 0, .want = REASON_TURN_DONE},
      {STATE, CLI_IDLE, .by_protocol = true, .want = REASON_TURN_DONE},
      {BACKGROUND, 1, .want = REASON_TURN_DONE, .want_background = 1},
      {EXIT_SIGNAL, 9, .want = REASON_EXIT}}},
    {"the idle that follows such output belongs to that turn",
     {{STATE, CLI_RUNNING, .by_protocol = true, .want = REASON_WORKING},
      {BACKGROUND, 1, .want = REASON_WORKING},
      {TURN, TURN_OK, .want = REASON_TURN_DONE, .want_background = 1},
      {OTHER, EV_KIND_TEXT, .want = REASON_WORKING},
      {BACKGROUND, 0, .want = REASON_WORKING},
      {STATE, CLI_IDLE, .by_protocol = true, .want = REASON_TURN_DONE}}},
    {"background work continues after a turn's end",
     {{STATE, CLI_RUNNING, .by_protocol = true, .want = REASON_WORKING},
      {TURN, TURN_OK, .want = REASON_WORKING},
      {STATE, CLI_RUNNING, .want = REASON_WORKING},
      {TURN, TURN_OK, .want = REASON_WORKING},
      {STATE, CLI_IDLE, .by_protocol = true, .want = REASON_TURN_DONE}}},
    {"a prompt between a turn's end and its idle: that idle is not the new turn's",
     {{STATE, CLI_RUNNING, .by_protocol = true, .want = REASON_WORKING},
      {TURN, TURN_OK, .want = REASON_WORKING},
      {STATE, CLI_TURN_BEGUN, .want = REASON_WORKING},
      {STATE, CLI_IDLE, .by_protocol = true, .want = REASON_WORKING},
      {STATE, CLI_RUNNING, .by_protocol = true, .want = REASON_WORKING},
      {TURN, TURN_OK, .want = REASON_WORKING},
      {STATE, CLI_IDLE, .by_protocol = true, .want = REASON_TURN_DONE}}},
    {"started without a prompt",
     {{ACT, ACT_LAUNCHED, .want = REASON_STARTING},
      {STATE, CLI_READY, .want = REASON_READY},
      {STATE, CLI_IDLE, .by_protocol = true, .want = REASON_READY},
      {STATE, CLI_TURN_BEGUN, .want = REASON_WORKING}}},
    {"started again after a turn",
     {{STATE, CLI_RUNNING, .want = REASON_WORKING},
      {TURN, TURN_OK, .want = REASON_TURN_DONE},
      {ACT, ACT_LAUNCHED, .want = REASON_STARTING},
      {STATE, CLI_READY, .want = REASON_READY}}},
    {"a user's stop is never an error",
     {{STATE, CLI_RUNNING, .by_protocol = true, .want = REASON_WORKING},
      {ACT, ACT_STOP_ASKED, .want = REASON_WORKING},
      {EXIT_SIGNAL, 9, .want = REASON_STOPPED}}},
    {"a program without turns that ends because of its user's interrupt",
     {{ACT, ACT_STARTED, .want = REASON_WORKING},
      {ACT, ACT_INTERRUPTED, .want = REASON_WORKING},
      {EXIT_SIGNAL, 2, .want = REASON_INTERRUPTED}}},
    {"the same, as a shell reports it",
     {{ACT, ACT_STARTED, .want = REASON_WORKING},
      {ACT, ACT_INTERRUPTED, .want = REASON_WORKING},
      {EXIT_CODE, 130, .want = REASON_INTERRUPTED}}},
    {"an interrupt that it survived does not hide a later failure",
     {{ACT, ACT_STARTED, .want = REASON_WORKING},
      {ACT, ACT_INTERRUPTED, .want = REASON_WORKING},
      {EXIT_CODE, 1, .want = REASON_EXIT}}},
    {"a launch ignores the interrupt of the one before",
     {{ACT, ACT_INTERRUPTED, .want = REASON_NOT_STARTED},
      {ACT, ACT_LAUNCHED, .want = REASON_STARTING},
      {EXIT_SIGNAL, 2, .want = REASON_EXIT}}},
    {"killed from outside",
     {{STATE, CLI_RUNNING, .by_protocol = true, .want = REASON_WORKING},
      {ASK, ASK_PERMISSION, "r1", .want = REASON_PERMISSION},
      {EXIT_SIGNAL, 9, .want = REASON_EXIT}}},
    {"it could not begin", {{ACT, ACT_LAUNCHED, .want = REASON_STARTING}, {EXIT_CODE, 1, .want = REASON_EXIT}}},
    {"a limit says more than the exit that follows",
     {{STATE, CLI_RUNNING, .by_protocol = true, .want = REASON_WORKING},
      {ACT, ACT_LIMIT, "memory 512 MiB, sampled", .want = REASON_LIMIT},
      {EXIT_SIGNAL, 9, .want = REASON_LIMIT}}},
    {"the hold was killed",
     {{STATE, CLI_RUNNING, .by_protocol = true, .want = REASON_WORKING},
      {ACT, ACT_HOLD_LOST, .want = REASON_HOLD_LOST},
      {EXIT_SIGNAL, 9, .want = REASON_HOLD_LOST},
      {ACT, ACT_LAUNCHED, .want = REASON_STARTING}}},
    {"held and continued with an open ask",
     {{STATE, CLI_RUNNING, .by_protocol = true, .want = REASON_WORKING},
      {ASK, ASK_PERMISSION, "r1", .want = REASON_PERMISSION},
      {ACT, ACT_HELD, .want = REASON_HELD},
      {ACT, ACT_CONTINUED, .want = REASON_PERMISSION}}},
    {"held and continued in a turn",
     {{STATE, CLI_TURN_BEGUN, .want = REASON_WORKING},
      {ACT, ACT_HELD, "backlog", .want = REASON_HELD},
      {ACT, ACT_CONTINUED, .want = REASON_WORKING}}},
    {"held by a full disk needs a person",
     {{STATE, CLI_TURN_BEGUN, .want = REASON_WORKING},
      {ACT, ACT_NO_ROOM, "disk full", .want = REASON_NO_ROOM},
      {ACT, ACT_CONTINUED, .want = REASON_WORKING}}},
    {"what it wrote before a signal stopped it does not make it work again",
     {{STATE, CLI_RUNNING, .by_protocol = true, .want = REASON_WORKING},
      {ACT, ACT_SUSPENDED, .want = REASON_SUSPENDED},
      {ASK, ASK_PERMISSION, "r1", .want = REASON_SUSPENDED},
      {STATE, CLI_RUNNING, .by_protocol = true, .want = REASON_SUSPENDED},
      {ACT, ACT_CONTINUED, .want = REASON_PERMISSION}}},
    {"suspended, and then ended",
     {{STATE, CLI_TURN_BEGUN, .want = REASON_WORKING},
      {ACT, ACT_SUSPENDED, .want = REASON_SUSPENDED},
      {EXIT_SIGNAL, 9, .want = REASON_EXIT},
      {ACT, ACT_LAUNCHED, .want = REASON_STARTING}}},
    {"suspended, then held by a full disk",
     {{STATE, CLI_TURN_BEGUN, .want = REASON_WORKING},
      {ACT, ACT_SUSPENDED, .want = REASON_SUSPENDED},
      {ACT, ACT_NO_ROOM, "disk full", .want = REASON_NO_ROOM},
      {ACT, ACT_CONTINUED, .want = REASON_WORKING}}},
    {"disk full and missing CLI",
     {{ACT, ACT_DISK_FULL, .want = REASON_DISK_FULL},
      {ACT, ACT_MISSING_CLI, .want = REASON_MISSING_CLI},
      {OTHER, EV_KIND_TEXT, .want = REASON_MISSING_CLI}}},
};

static void exit_step(StatusState *s, const Step *k, TimeUs at, Arena *a) {
    EvExit v = {.is_clean = k->is_clean};
    if (k->kind == EXIT_CODE)
        GIVE(EvExit, &v, code, k->what);
    else
        GIVE(EvExit, &v, signal, k->what);
    status_event(s, EV_KIND_EXIT, &v, at, a);
}

static void take(StatusState *s, const Step *k, TimeUs at, Arena *a) {
    Str text = str(k->text);
    switch (k->kind) {
    case ACT: status_act(s, (StatusAct)k->what, text, at, a); break;
    case STATE:
        status_event(s, EV_KIND_STATE,
                     &(EvState){.state = (CliState)k->what, .by_protocol = k->by_protocol, .detail = text}, at, a);
        break;
    case ASK:
        status_event(s, EV_KIND_ASK, &(EvAsk){.request_id = text, .kind = (AskKind)k->what, .tool = STR("T")}, at, a);
        break;
    case CANCEL: status_event(s, EV_KIND_ASK_CANCEL, &(EvAskCancel){.request_id = text}, at, a); break;
    case TURN:
        status_event(s, EV_KIND_TURN_END, &(EvTurnEnd){.outcome = (TurnOutcome)k->what, .text = text}, at, a);
        break;
    case BACKGROUND:
        status_event(s, EV_KIND_STATE, &(EvState){.state = CLI_BACKGROUND, .count = k->what}, at, a);
        break;
    case OTHER: status_event(s, k->what, &(EvText){.text = STR("x")}, at, a); break;
    default: exit_step(s, k, at, a);
    }
}

TEST(status_follows_the_events) {
    for (size_t i = 0; i < COUNT_OF(stories); i++) {
        CLEANUP(arena_freep) Arena *a = arena_new();
        StatusState s;
        status_init(&s, 1, a);
        CHECK_I64(s.now->reason, REASON_NOT_STARTED);
        int at = 2;
        for (const Step *k = stories[i].steps; k->kind != END; k++, at++) {
            take(&s, k, at, a);
            if (s.now->reason != k->want)
                test_fail(__FILE__, __LINE__, "%s, step %d: is %s, wanted %s", stories[i].name, at - 1,
                          enum_word(&AgentReason_enum, (int)s.now->reason), enum_word(&AgentReason_enum, (int)k->want));
            CHECK_I64(s.now->status, status_word(k->want));
            CHECK_I64(s.now->background_commands, k->want_background);
        }
    }
}

TEST(only_giving_up_before_the_session_is_worth_another_start) {
    static const struct {
        bool by_code;
        int what;
        bool before_session, stop_asked, want;
    } cases[] = {
        {true, 1, true, false, true},   {true, 1, false, false, false}, {true, 2, true, false, false},
        {false, 9, true, false, false}, {true, 1, true, true, false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CLEANUP(arena_freep) Arena *a = arena_new();
        StatusState s;
        EvExit v = {.before_session = cases[i].before_session};
        if (cases[i].by_code)
            GIVE(EvExit, &v, code, cases[i].what);
        else
            GIVE(EvExit, &v, signal, cases[i].what);
        status_init(&s, 1, a);
        status_act(&s, ACT_LAUNCHED, (Str){0}, 2, a);
        if (cases[i].stop_asked) status_act(&s, ACT_STOP_ASKED, (Str){0}, 3, a);
        status_event(&s, EV_KIND_EXIT, &v, 4, a);
        CHECK(s.failed_early == cases[i].want);
        status_act(&s, ACT_LAUNCHED, (Str){0}, 5, a);
        CHECK(!s.failed_early);
    }
}

TEST(an_end_without_a_session_says_so) {
    for (int before = 0; before < 2; before++) {
        CLEANUP(arena_freep) Arena *a = arena_new();
        StatusState s;
        EvExit v = {.is_clean = true, .before_session = before};
        GIVE(EvExit, &v, code, 0);
        status_init(&s, 1, a);
        status_act(&s, ACT_LAUNCHED, (Str){0}, 2, a);
        status_event(&s, EV_KIND_EXIT, &v, 4, a);
        CHECK(s.now->reason == (before ? REASON_EXIT : REASON_EXITED));
        CHECK_STR(s.now->detail, before ? "the program ended without starting a session" : "");
    }
}

TEST(since_is_when_the_reason_began) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    StatusState s;
    status_init(&s, 5, a);
    EvState retrying = {.state = CLI_RETRYING, .detail = STR("attempt 1")};
    CHECK(status_event(&s, EV_KIND_STATE, &retrying, 10, a));
    retrying.detail = STR("attempt 2");
    CHECK(status_event(&s, EV_KIND_STATE, &retrying, 20, a));
    CHECK_STR(s.now->detail, "attempt 2");
    CHECK_I64(s.now->since, 10);
    CHECK(!status_event(&s, EV_KIND_STATE, &retrying, 30, a));
}

TEST(a_retry_says_when_it_is_due_until_it_is_over) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    StatusState s;
    status_init(&s, 5, a);
    EvState retrying = {.state = CLI_RETRYING, .detail = STR("529 overloaded")};
    GIVE(EvState, &retrying, retry_ms, 600);
    CHECK(status_event(&s, EV_KIND_STATE, &retrying, 1000, a));
    CHECK(HAS(AgentStatus, s.now, retry_at));
    CHECK_I64(s.now->retry_at, 601000);
    CHECK(!status_event(&s, EV_KIND_STATE, &retrying, 1000, a)); /* read twice, it is no news */
    CHECK(status_event(&s, EV_KIND_STATE, &retrying, 2000, a));
    CHECK_I64(s.now->retry_at, 602000);
    CHECK_I64(s.now->since, 1000);
    EvState other = {.state = CLI_RETRYING, .detail = STR("500 api_error")}; /* the CLI does not say when */
    CHECK(status_event(&s, EV_KIND_STATE, &other, 3000, a));
    CHECK(!HAS(AgentStatus, s.now, retry_at) && !s.now->retry_at);
    CHECK(status_event(&s, EV_KIND_STATE, &retrying, 4000, a));
    CHECK(HAS(AgentStatus, s.now, retry_at));
    EvState running = {.state = CLI_RUNNING};
    CHECK(status_event(&s, EV_KIND_STATE, &running, 5000, a));
    CHECK(!HAS(AgentStatus, s.now, retry_at) && !s.now->retry_at);
}

TEST(every_reason_has_a_word_a_status_and_a_text) {
#define TEXT_(member, word, status, text) text,
    static const char *const texts[] = {STATUS_REASON_TABLE(TEXT_)};
    for (int r = 0; r < AgentReason_n; r++) {
        CHECK(enum_word(&AgentReason_enum, r)[0]);
        CHECK(status_word((AgentReason)r) < AgentStatusWord_n);
        CHECK(texts[r][0]);
    }
}

/* Each source keeps its last word, the newest first. */
TEST(what_each_source_said_last_is_kept_with_its_place) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    StatusState s;
    status_init(&s, 1, a);
    CHECK_I64(s.causes.n, 0);
    CHECK(status_act(&s, ACT_LAUNCHED, (Str){0}, 2, a));
    CHECK(status_event(&s, EV_KIND_STATE, &(EvState){.state = CLI_RUNNING, .by_protocol = true}, 3, a));
    status_place(&s, STR("lch_1"), 100, 2, a);
    CHECK(!status_event(&s, EV_KIND_STATE, &(EvState){.state = CLI_RUNNING, .by_protocol = true}, 4, a));
    CHECK_I64(s.causes.n, 2);
    CHECK_I64(s.causes.items[0].source, SOURCE_PROTOCOL);
    CHECK_STR(s.causes.items[0].what, "state");
    CHECK_I64(s.causes.items[0].offset, 100);
    CHECK_I64(s.causes.items[0].at, 3);
    CHECK_STR(s.causes.items[1].what, "launched");
    CHECK(s.causes.items[1].is_act && !HAS(StatusCause, &s.causes.items[1], offset));
    CHECK(status_act(&s, ACT_HELD, STR("disk full"), 5, a));
    CHECK_I64(s.causes.n, 3);
    CHECK_STR(s.causes.items[0].what, "held");
    CHECK(status_act(&s, ACT_LAUNCHED, (Str){0}, 6, a));
    CHECK_I64(s.causes.n, 1); /* a new launch begins without them */
}
