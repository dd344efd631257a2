/* `muster logs`: prints an agent's events as readable lines. The output of a terminal is not in events: see tail.h. */
#include <stdio.h>

#include "base/mem.h"
#include "base/text_cut.h"
#include "base/ulid.h"
#include "cli/follow.h"
#include "cli/option.h"
#include "cli/tail.h"
#include "core/topic.h"

enum { OUTPUT_LINES = 10, BLOCK_MAX = 512, KINDS_MAX = 2048 };

typedef struct Logs {
    const CliContext *cli;
    Str agent_id;
    Arena *arena;          /* owned; of the current event */
    char block[BLOCK_MAX]; /* the block of text whose pieces were printed last */
    bool is_open;          /* the line with these pieces is not ended yet */
} Logs;

/* ---- lines ---- */

static void end_line(Logs *x) {
    if (x->is_open) putchar('\n');
    x->is_open = false;
}

/* Prints each line of the text after the mark, at most `max` lines. */
static void print_lines(Logs *x, const Json *payload, const char *mark, Str text, int max) {
    const char *indent = json_get(payload, "parent") ? "    " : ""; /* from a subagent */
    Str rest = str_trim(text_printable(x->arena, text)), line;
    end_line(x);
    for (int i = 0; str_split(&rest, '\n', &line); i++) {
        if (i == max) {
            printf("%s%s…\n", indent, mark);
            return;
        }
        printf("%s%s" STR_FMT "\n", indent, mark, STR_ARG(line));
    }
}

static void print_text(Logs *x, const Json *payload, const char *mark, Str text) {
    print_lines(x, payload, mark, text, INT32_MAX);
}

/* ---- kinds ---- */

static bool is_streamed(const Logs *x, const Json *p) { return str_is(json_str(p, "block"), x->block); }

static void on_text_delta(Logs *x, const Json *p) {
    if (json_get(p, "parent")) return; /* printed as a whole block: several subagents may write at once */
    if (!is_streamed(x, p)) end_line(x);
    Str text = text_printable(x->arena, json_str(p, "text"));
    snprintf(x->block, sizeof x->block, STR_FMT, STR_ARG(json_str(p, "block")));
    if (!text.n) return;
    fwrite(text.p, 1, text.n, stdout);
    x->is_open = text.p[text.n - 1] != '\n';
}

/* The event contains the beginning of a long answer, its message all of it. */
static Str whole_text(const Logs *x, const Json *p) {
    Str text = json_str(p, "text"), message = json_str(p, "messageId");
    Json *whole = NULL;
    Err e = {0};
    if (!message.n) return text;
    CliQuestion q = {
        .op = "get_message",
        .target =
            arena_fmt(x->arena, "/api/agents/" STR_FMT "/messages/" STR_FMT, STR_ARG(x->agent_id), STR_ARG(message)).p};
    if (cli_ask(x->cli, &q, x->arena, &whole, &e) >= 0) return json_str(whole, "content");
    return arena_fmt(x->arena, STR_FMT "\n… cut here: " STR_FMT, STR_ARG(text), STR_ARG(str(e.text)));
}

/* A block whose pieces were printed is not printed again. */
static void on_text(Logs *x, const Json *p) {
    if (json_get(p, "parent") || !is_streamed(x, p))
        print_text(x, p, "", whole_text(x, p));
    else
        end_line(x);
}

static void on_tool_start(Logs *x, const Json *p) {
    Str name = json_str(p, "name"), title = json_str(p, "title");
    print_text(x, p, "* ",
               arena_fmt(x->arena, STR_FMT "%s" STR_FMT, STR_ARG(name), title.n ? ": " : "", STR_ARG(title)));
}

static void on_tool_end(Logs *x, const Json *p) {
    print_lines(x, p, json_bool(p, "isError", false) ? "  ! " : "  | ", json_str(p, "output"), OUTPUT_LINES);
}

static void on_ask(Logs *x, const Json *p) {
    Str title = json_str(p, "title");
    print_text(x, NULL, "? ",
               arena_fmt(x->arena, STR_FMT ": " STR_FMT "%s" STR_FMT "\nanswer it with `%s ask answer " STR_FMT "`",
                         STR_ARG(json_str(p, "kind")), STR_ARG(json_str(p, "tool")), title.n ? ": " : "",
                         STR_ARG(title), x->cli->command, STR_ARG(json_str(p, "askId"))));
}

/* Changed arguments are not repeated here; each answer to a question stands below it. */
static void print_answers(Logs *x, const Json *p) {
    const Json *answers = json_get(p, "input");
    if (!str_is(json_str(p, "decision"), "answer") || !json_is(answers, JSON_OBJECT)) return;
    for (size_t i = 0; i < answers->n; i++) {
        const JsonMember *one = &answers->members[i];
        Str text = one->value.type == JSON_STRING ? one->value.s : one->value.raw;
        print_text(x, NULL, "  ", arena_fmt(x->arena, STR_FMT " " STR_FMT, STR_ARG(one->key), STR_ARG(text)));
    }
}

static void on_ask_answered(Logs *x, const Json *p) {
    Str message = json_str(p, "message"), rule = json_str(p, "rule");
    print_text(x, NULL, "? ",
               arena_fmt(x->arena, "answered: " STR_FMT "%s" STR_FMT "%s" STR_FMT, STR_ARG(json_str(p, "decision")),
                         rule.n ? ", by the rule " : "", STR_ARG(rule), message.n ? ", " : "", STR_ARG(message)));
    print_answers(x, p);
}

static void on_ask_cancel(Logs *x, const Json *p UNUSED) {
    print_text(x, NULL, "? ", STR("an answer is no longer needed"));
}

static void on_turn_end(Logs *x, const Json *p) {
    Str outcome = json_str(p, "outcome"), text = json_str(p, "text");
    Str word = str_is(outcome, "ok") ? STR("the turn is complete")
                                     : arena_fmt(x->arena, "the turn ended: " STR_FMT, STR_ARG(outcome));
    print_text(x, NULL, "-- ",
               arena_fmt(x->arena, STR_FMT "%s" STR_FMT, STR_ARG(word), text.n ? ": " : "", STR_ARG(text)));
}

static void on_notice(Logs *x, const Json *p) { print_text(x, NULL, "! ", json_str(p, "text")); }

/* The first event of a message has its text; later ones report its state. */
static void on_message(Logs *x, const Json *p) { print_text(x, NULL, "> ", json_str(p, "text")); }

static void on_exit_event(Logs *x, const Json *p) {
    int64_t code = json_i64(p, "code", -1);
    Str how = code >= 0 ? arena_fmt(x->arena, "exited with code %lld", (long long)code)
                        : arena_fmt(x->arena, "ended by signal %lld", (long long)json_i64(p, "signal", 0));
    Str text = json_str(p, "text");
    print_text(x, NULL, "-- ",
               arena_fmt(x->arena, STR_FMT "%s" STR_FMT, STR_ARG(how), text.n ? ": " : "", STR_ARG(text)));
}

/* Other changes of the status follow from what is already printed. */
static void on_status(Logs *x, const Json *p) {
    Str detail = json_str(p, "detail");
    if (!str_is(json_str(p, "status"), "error")) return;
    print_text(x, NULL, "! ",
               arena_fmt(x->arena, "error (" STR_FMT ")%s" STR_FMT, STR_ARG(json_str(p, "reason")),
                         detail.n ? ": " : "", STR_ARG(detail)));
}

static void on_gap(Logs *x, const Json *p) {
    print_text(x, NULL, "! ", arena_fmt(x->arena, "some output is missing: " STR_FMT, STR_ARG(json_str(p, "reason"))));
}

static const struct Kind {
    const char *word;
    void (*print)(Logs *x, const Json *payload);
    bool is_piece; /* a part of what is later sent whole */
} kinds[] = {
    {"message", on_message, false},
    {"text", on_text, false},
    {"text_delta", on_text_delta, true},
    {"tool_start", on_tool_start, false},
    {"tool_end", on_tool_end, false},
    {"ask", on_ask, false},
    {"ask_answered", on_ask_answered, false},
    {"ask_cancel", on_ask_cancel, false},
    {"turn_end", on_turn_end, false},
    {"notice", on_notice, false},
    {"status", on_status, false},
    {"exit", on_exit_event, false},
    {"gap", on_gap, false},
};

/* A command that does not keep following prints whole blocks only. */
static void list_kinds(bool with_pieces, Buf *out) {
    JsonOut o = json_out(out);
    json_begin_array(&o);
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (with_pieces || !kinds[i].is_piece) json_put_str(&o, str(kinds[i].word));
    json_end_array(&o);
}

/* ---- following ---- */

static int on_event(void *arg, Str text UNUSED, const Json *event, Err *e UNUSED) {
    Logs *x = arg;
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (str_is(json_str(event, "type"), kinds[i].word)) kinds[i].print(x, json_get(event, "payload"));
    arena_reset(x->arena);
    return 0;
}

static int on_reset(void *arg, Str text UNUSED, Err *e UNUSED) {
    Logs *x = arg;
    end_line(x);
    fprintf(stderr, "muster: the agent's events were renumbered; printing them again\n");
    return 0;
}

static int follow_events(const CliContext *c, const CliFollow *f, Str topic, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    CLEANUP(buf_done) Buf list;
    Logs x = {.cli = c, .agent_id = str(f->subject), .arena = a};
    FollowSink sink = {.on_event = on_event, .on_reset = on_reset, .wake_fd = -1, .arg = &x};
    buf_init(&list, KINDS_MAX);
    list_kinds(f->is_endless, &list);
    int r = follow_topic(c, f, topic, list.p, &sink, e);
    end_line(&x);
    return r;
}

static int show(const CliContext *c, const CliFollow *f, Arena *a, Err *e) {
    Json *agent = NULL;
    Str id = str(f->subject);
    if (!id_is(id, "ag"))
        return err_fail(e, ERR_INVALID, "`%s` is not an agent's id; `%s agent list` lists all agents", f->subject,
                        c->command);
    CliQuestion q = {.op = "get_agent", .target = arena_fmt(a, "/api/agents/" STR_FMT, STR_ARG(id)).p};
    TRY(cli_ask(c, &q, a, &agent, e));
    Str topic = topic_of(a, "agent", id);
    bool is_terminal = str_is(json_str(agent, "adapter"), "terminal");
    return is_terminal ? tail_follow(c, f, topic, q.target, e) : follow_events(c, f, topic, e);
}

int cli_logs(const CliContext *c, const CliFollow *f) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Err e = {0};
    return show(c, f, a, &e) >= 0 ? 0 : option_complain(NULL, &e);
}
