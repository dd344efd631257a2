/* Operations on terminals. */
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/vec.h"
#include "core/launch.h"
#include "core/launch_space.h"
#include "sys/loop.h"
#include "terminal/screen.h"
#include "terminal/terminal.h"
#include "terminal/terminal_sql.h"
#include "workspace/workspace.h"

enum { STOP_WAIT_MS = 20000, LIST_MAX = 1000, LINE_RUNS_MAX = TERM_COLS_MAX, RUN_TEXT_MAX = TERM_COLS_MAX * 24 };

#define ROWS_AND_COLS(F, S)                                                                                         \
    F(S, I64, rows, .opt = 1, .has_def = 1, .def = 24, .min = TERM_ROWS_MIN, .max = TERM_ROWS_MAX, .doc = "Height") \
    F(S, I64, cols, .opt = 1, .has_def = 1, .def = 120, .min = TERM_COLS_MIN, .max = TERM_COLS_MAX, .doc = "Width")
#define TERMINAL_CREATE(F, S)                                                                                         \
    F(S, ID("wt"), worktree_id, .opt = 1, .doc = "The worktree; this or agentId")                                     \
    F(S, ID("ag"), agent_id, .opt = 1, .doc = "The agent in whose worktree it is opened")                             \
    F(S, STR, command, .opt = 1, .min = 1, .max_bytes = 65536, .example = "make watch",                               \
      .doc = "Run by /bin/sh -c; default: the person's login shell")                                                  \
    F(S, STR, name, .opt = 1, .min = 1, .max = 100, .is_name = 1, .doc = "Default: the shell's name, or the command") \
    ROWS_AND_COLS(F, S)
SHAPE(TerminalCreate, TERMINAL_CREATE);
SHAPE_DEFINE(TerminalCreate, TERMINAL_CREATE);
#define TERMINAL_PATH(F, S) F(S, ID("trm"), terminal_id, .from = FROM_PATH, .doc = "The terminal")
SHAPE(TerminalPath, TERMINAL_PATH);
SHAPE_DEFINE(TerminalPath, TERMINAL_PATH);
#define TERMINAL_UPDATE(F, S) \
    TERMINAL_PATH(F, S)       \
    F(S, STR, name, .min = 1, .max = 100, .is_name = 1, .example = "logs", .doc = "Shown in lists")
SHAPE(TerminalUpdate, TERMINAL_UPDATE);
SHAPE_DEFINE(TerminalUpdate, TERMINAL_UPDATE);
#define TERMINALS_IN(F, S)                                                                                          \
    F(S, ID("wt"), worktree_id, .opt = 1, .from = FROM_QUERY, .doc = "Only of this worktree")                       \
    F(S, ID("ag"), agent_id, .opt = 1, .from = FROM_QUERY, .doc = "Only those opened beside this agent")            \
    F(S, BOOL, include_ended, .opt = 1, .has_def = 1, .def = 0, .from = FROM_QUERY, .doc = "Also those that ended") \
    F(S, I64, limit, .opt = 1, .has_def = 1, .def = 100, .min = 1, .max = LIST_MAX, .from = FROM_QUERY,             \
      .doc = "Maximum number of rows")                                                                              \
    F(S, ID("trm"), after, .opt = 1, .from = FROM_QUERY, .doc = "Only those created before this one; default: all")
SHAPE(TerminalsIn, TERMINALS_IN);
SHAPE_DEFINE(TerminalsIn, TERMINALS_IN);
#define TERMINALS(F, S)                                                     \
    F(S, LIST(Terminal), terminals, .max = LIST_MAX, .doc = "Newest first") \
    F(S, BOOL, has_more, .doc = "There are older ones")                     \
    F(S, ID("trm"), next_cursor, .opt = 1, .doc = "`after` of the next page")
SHAPE(TerminalPage, TERMINALS);
SHAPE_DEFINE(TerminalPage, TERMINALS);

#define SCREEN_IN(F, S)                                                                                               \
    F(S, ID("lch"), launch_id, .from = FROM_PATH, .doc = "The launch of a terminal, or of an agent that runs in one") \
    F(S, STR, at, .opt = 1, .min = 1, .max_bytes = 64, .from = FROM_QUERY, .example = "2026-01-02T03:04:05Z",         \
      .doc = "An offset of its log, or a time; default: now")
SHAPE(TerminalScreenIn, SCREEN_IN);
SHAPE_DEFINE(TerminalScreenIn, SCREEN_IN);
#define SCREEN_RUN(F, S)                                                                     \
    F(S, STR, text, .max_bytes = RUN_TEXT_MAX, .doc = "Characters that look the same")       \
    F(S, I64, cells, .min = 0, .max = TERM_COLS_MAX, .doc = "Columns that it covers")        \
    F(S, I64, fg, .opt = 1, .min = 0, .max = 0x1ffffff,                                      \
      .doc = "Colour: 0 to 255 of the palette, else 0x1000000 + RGB; left out: the default") \
    F(S, I64, bg, .opt = 1, .min = 0, .max = 0x1ffffff, .doc = "Background, likewise")       \
    F(S, I64, underline, .opt = 1, .min = 0, .max = 3, .doc = "1 single, 2 double, 3 curly") \
    F(S, BOOL, is_bold, .opt = 1, .doc = "Left out, like the others: false")                 \
    F(S, BOOL, is_dim, .opt = 1, .doc = "Faint")                                             \
    F(S, BOOL, is_italic, .opt = 1, .doc = "Italic")                                         \
    F(S, BOOL, is_blinking, .opt = 1, .doc = "Blinking")                                     \
    F(S, BOOL, is_reverse, .opt = 1, .doc = "Colours exchanged")                             \
    F(S, BOOL, is_struck, .opt = 1, .doc = "Struck through")                                 \
    F(S, BOOL, is_hidden, .opt = 1, .doc = "Not shown")                                      \
    F(S, BOOL, is_overlined, .opt = 1, .doc = "Overlined")
SHAPE(TerminalRun, SCREEN_RUN);
SHAPE_DEFINE(TerminalRun, SCREEN_RUN);
#define SCREEN_LINE(F, S) \
    F(S, LIST(TerminalRun), runs, .max = LINE_RUNS_MAX, .doc = "From the left, without the blank rest")
SHAPE(TerminalLine, SCREEN_LINE);
SHAPE_DEFINE(TerminalLine, SCREEN_LINE);
#define SCREEN(F, S)                                                                                              \
    F(S, ID("lch"), launch_id, .doc = "The launch")                                                               \
    F(S, I64, offset, .min = 0, .max = INT64_MAX, .doc = "The log is drawn up to here")                           \
    F(S, TIME, at, .opt = 1, .doc = "When what is there last was written")                                        \
    F(S, I64, rows, .min = 1, .max = TERM_ROWS_MAX, .doc = "Height")                                              \
    F(S, I64, cols, .min = 1, .max = TERM_COLS_MAX, .doc = "Width")                                               \
    F(S, I64, cursor_row, .min = 0, .max = TERM_ROWS_MAX, .doc = "From 0")                                        \
    F(S, I64, cursor_col, .min = 0, .max = TERM_COLS_MAX, .doc = "From 0")                                        \
    F(S, BOOL, is_cursor_visible, .doc = "The program shows the cursor")                                          \
    F(S, BOOL, is_alternate, .doc = "The alternate screen, as of an editor")                                      \
    F(S, BOOL, is_partial, .doc = "Part of the log before it is gone, so that something may be missing")          \
    F(S, STR, title, .max_bytes = TERM_TITLE_MAX, .doc = "As the program set it")                                 \
    F(S, I64, scrollback_lines, .min = 0, .max = TERM_SCROLLBACK_LINES, .doc = "Lines kept that scrolled off it") \
    F(S, LIST(TerminalLine), lines, .max = TERM_ROWS_MAX, .doc = "One for each row")
SHAPE(TerminalScreen, SCREEN);
SHAPE_DEFINE(TerminalScreen, SCREEN);

#define TAKE_IN(F, S)                                                          \
    F(S, ID("lch"), launch_id, .from = FROM_PATH, .doc = "The watched launch") \
    F(S, I64, sub, .min = 1, .max = UINT32_MAX, .doc = "Number of the subscription, as `subscribed` answered it")
SHAPE(TerminalTake, TAKE_IN);
SHAPE_DEFINE(TerminalTake, TAKE_IN);
#define TAKEN(F, S)                                                                                   \
    F(S, ID("lch"), launch_id, .doc = "The launch")                                                   \
    F(S, I64, sub, .min = 1, .max = UINT32_MAX, .doc = "The subscription that owns the size now")     \
    F(S, I64, rows, .min = 0, .max = TERM_ROWS_MAX, .doc = "The size that it asked for; 0: none yet") \
    F(S, I64, cols, .min = 0, .max = TERM_COLS_MAX, .doc = "Likewise")
SHAPE(TerminalTaken, TAKEN);
SHAPE_DEFINE(TerminalTaken, TAKEN);

/* --- starting --- */

/* The person's own shell, as the daemon was started with it. */
static Str login_shell(void) {
    const char *shell = getenv("SHELL");
    return shell && shell[0] == '/' && access(shell, X_OK) == 0 ? str(shell) : STR("/bin/sh");
}

typedef struct Write {
    OpCall *call;
    const void *in;
    Terminal *out;
    LaunchRow launch;
    bool is_alive;
} Write;

static int create_tx(Tx *tx, void *arg, Err *e) {
    Write *x = arg;
    const TerminalCreate *in = x->in;
    return terminal_start(tx,
                          &(TerminalStart){.app = x->call->app,
                                           .worktree_id = in->worktree_id,
                                           .agent_id = in->agent_id,
                                           .name = in->name,
                                           .command = in->command,
                                           .shell = login_shell(),
                                           .size = {(int)in->rows, (int)in->cols},
                                           .who = x->call->who,
                                           .arena = x->call->arena},
                          x->out, e);
}

static int refuse_both(const TerminalCreate *in, Err *e) {
    bool has_worktree = HAS(TerminalCreate, in, worktree_id), has_agent = HAS(TerminalCreate, in, agent_id);
    if (has_worktree != has_agent) return 0;
    int r = err_fail(e, ERR_INVALID, "either worktreeId or agentId is required");
    err_detail(e, has_agent ? "agentId" : "worktreeId", has_agent ? "is given beside worktreeId" : "is required");
    return r;
}

static int refuse_nul(Str command, Err *e) {
    if (!command.n || !memchr(command.p, 0, command.n)) return 0;
    int r = err_fail(e, ERR_INVALID, "a command cannot contain a NUL");
    err_detail(e, "command", "contains a NUL");
    return r;
}

static int create_terminal(OpCall *c, const void *in_, void *out, Err *e) {
    const TerminalCreate *in = in_;
    TRY(refuse_both(in, e));
    TRY(refuse_nul(in->command, e));
    TRY(launch_check_space(c->app, e));
    return op_tx(c, create_tx, &(Write){.call = c, .in = in, .out = out}, out, e);
}

/* --- rows --- */

static int list_terminals(OpCall *c, const void *in_, void *out_, Err *e) {
    const TerminalsIn *in = in_;
    TerminalPage *out = out_;
    Terminal before;
    if (in->after.n) TRY(terminal_get(c->db, in->after, c->arena, &before, e));
    out->terminals.items = arena_alloc(c->arena, 1);
    TRY(db_all(c->db, &sql_terminal_list,
               DB_ARGS(db_text(in->worktree_id), db_text(in->agent_id), db_i64(in->include_ended), db_text(in->after),
                       db_i64(in->limit + 1), db_text(str(c->who->org))),
               DB_INTO(Terminal, c->arena, &out->terminals), (size_t)in->limit + 1, e));
    out->has_more = out->terminals.n > (size_t)in->limit;
    if (out->has_more) GIVE(TerminalPage, out, next_cursor, out->terminals.items[--out->terminals.n - 1].id);
    if (!in->worktree_id.n) return 0;
    Worktree wt;
    bool found;
    TRY(worktree_row(c->db, in->worktree_id, c->arena, &wt, &found, e));
    return found ? op_cursor(c, topic_of(c->arena, "workspace", wt.workspace_id), e) : 0;
}

static int get_terminal(OpCall *c, const void *in, void *out, Err *e) {
    TRY(terminal_get(c->db, ((const TerminalPath *)in)->terminal_id, c->arena, out, e));
    return op_cursor(c, topic_of(c->arena, "workspace", ((Terminal *)out)->workspace_id), e);
}

static int rename_tx(Tx *tx, void *arg, Err *e) {
    Write *x = arg;
    const TerminalUpdate *in = x->in;
    return terminal_rename(tx, in->terminal_id, in->name, x->call->arena, x->out, e);
}

static int update_terminal(OpCall *c, const void *in, void *out, Err *e) {
    return op_tx(c, rename_tx, &(Write){.call = c, .in = in, .out = out}, out, e);
}

static int close_tx(Tx *tx, void *arg, Err *e) {
    Write *x = arg;
    Arena *a = x->call->arena;
    TRY(terminal_get(tx_conn(tx), ((const TerminalPath *)x->in)->terminal_id, a, x->out, e));
    TRY(op_audit(tx, x->call, e));
    TRY(launch_find_alive(tx_conn(tx), x->out->id, a, &x->launch, &x->is_alive, e));
    return x->is_alive ? launch_mark_stop(tx, x->launch.id, e) : 0;
}

static int finish_close(OpCall *c, const void *in, void *out, Err *e) {
    if (c->waited == LAUNCH_WAIT_CUT_OFF)
        return err_fail(e, ERR_BUSY,
                        "Muster is stopping; the terminal was asked to close, but its end has not been seen yet");
    if (c->waited != LAUNCH_WAITED)
        return err_fail(e, ERR_TIMEOUT, "the terminal was asked to close and has not ended within %d s",
                        STOP_WAIT_MS / 1000);
    TRY(terminal_get(c->db, ((const TerminalPath *)in)->terminal_id, c->arena, out, e));
    return op_tx(c, NULL, NULL, out, e);
}

static int close_terminal(OpCall *c, const void *in, void *out, Err *e) {
    Write x = {.call = c, .in = in, .out = out};
    TRY(db_tx(c->app->db, DB_PERSON, close_tx, &x, e));
    c->waited = LAUNCH_WAITED;
    if (!x.is_alive) return finish_close(c, in, out, e);
    launch_stop(c->app, x.launch.id, LAUNCH_STOP_GRACEFUL);
    op_after_end(c, x.launch.id, STOP_WAIT_MS, finish_close);
    return 0;
}

/* --- screens --- */

typedef struct Line {
    Arena *arena;
    VEC(TerminalRun) runs;
} Line;

static void on_run(void *arg, const TermRun *r) {
    Line *l = arg;
    TerminalRun run = {.text = arena_str(l->arena, r->text), .cells = r->cells};
    if (r->fg >= 0) GIVE(TerminalRun, &run, fg, r->fg);
    if (r->bg >= 0) GIVE(TerminalRun, &run, bg, r->bg);
    if (r->underline) GIVE(TerminalRun, &run, underline, r->underline);
    if (r->is_bold) GIVE(TerminalRun, &run, is_bold, true);
    if (r->is_dim) GIVE(TerminalRun, &run, is_dim, true);
    if (r->is_italic) GIVE(TerminalRun, &run, is_italic, true);
    if (r->is_blinking) GIVE(TerminalRun, &run, is_blinking, true);
    if (r->is_reverse) GIVE(TerminalRun, &run, is_reverse, true);
    if (r->is_struck) GIVE(TerminalRun, &run, is_struck, true);
    if (r->is_hidden) GIVE(TerminalRun, &run, is_hidden, true);
    if (r->is_overlined) GIVE(TerminalRun, &run, is_overlined, true);
    vec_push(&l->runs, run);
}

static void put_lines(Screen *s, Arena *a, TerminalScreen *out) {
    TermSize size = term_size(s->term);
    out->lines = (TerminalLineList){arena_array(a, (size_t)size.rows, sizeof(TerminalLine)), (size_t)size.rows};
    for (int row = 0; row < size.rows; row++) {
        Line l = {.arena = a};
        term_row(s->term, row, on_run, &l);
        vec_take(&l.runs, a, &out->lines.items[row].runs);
    }
}

static void put_screen(Screen *s, Arena *a, TerminalScreen *out) {
    TermSize size = term_size(s->term);
    TermCursor cursor = term_cursor(s->term);
    out->offset = (int64_t)s->offset;
    if (s->at) GIVE(TerminalScreen, out, at, s->at);
    out->rows = size.rows;
    out->cols = size.cols;
    out->cursor_row = cursor.row;
    out->cursor_col = cursor.col;
    out->is_cursor_visible = cursor.is_visible;
    out->is_alternate = term_is_alternate(s->term);
    out->is_partial = s->is_partial;
    out->title = arena_str(a, term_title(s->term));
    out->scrollback_lines = (int64_t)term_scrollback(s->term);
    put_lines(s, a, out);
}

static int parse_at(Str at, ScreenWant *w, Err *e) {
    int64_t n;
    if (!at.n) return 0;
    if (str_parse_i64(at, 0, INT64_MAX, &n)) {
        w->upto = (uint64_t)n;
        return 0;
    }
    if (time_parse(at, &w->until)) return 0;
    int r = err_fail(e, ERR_INVALID, "at must be an offset or a time like 2026-01-02T03:04:05Z");
    err_detail(e, "at", "is neither an offset nor a time");
    return r;
}

static int get_terminal_screen(OpCall *c, const void *in_, void *out_, Err *e) {
    const TerminalScreenIn *in = in_;
    TerminalScreen *out = out_;
    ScreenWant want = {.upto = UINT64_MAX};
    TermSize first;
    Screen s;
    TRY(parse_at(in->at, &want, e));
    TRY(screen_first_size(c->db, in->launch_id, &first, e));
    if (!in->at.n) want.budget = SCREEN_REPLAY_MAX;
    TRY(screen_load(c->app, in->launch_id, first, &want, &s, e));
    out->launch_id = in->launch_id;
    put_screen(&s, c->arena, out);
    screen_done(&s);
    return 0;
}

/* One screen of a launch is drawn at a time. */
static int screen_subject(OpCall *c, const void *in, Str *ret, Err *e) {
    (void)c, (void)e;
    *ret = ((const TerminalScreenIn *)in)->launch_id;
    return 0;
}

/* --- size --- */

typedef struct TakeSize {
    OpCall *call;
    const TerminalTake *in;
    TermSize size;
    bool ok;
} TakeSize;

static void take_on_loop(void *arg) {
    TakeSize *x = arg;
    x->ok = terminal_take_size(x->call->app, x->in->launch_id, (uint32_t)x->in->sub, &x->size);
}

static int take_terminal(OpCall *c, const void *in_, void *out_, Err *e) {
    TerminalTaken *out = out_;
    TakeSize x = {.call = c, .in = in_};
    loop_call(c->app->loop, take_on_loop, &x);
    if (!x.ok) {
        err_set(e, ERR_NOT_FOUND, "no viewer of this launch that may type has the number %lld", (long long)x.in->sub);
        return -(int)e->code;
    }
    *out = (TerminalTaken){.launch_id = x.in->launch_id, .sub = x.in->sub, .rows = x.size.rows, .cols = x.size.cols};
    return op_tx(c, NULL, NULL, out, e);
}

const Op terminal_ops[] = {
    {"create_terminal", "POST /api/terminals", "terminal create", OP_RUN(create_terminal, TerminalCreate, Terminal),
     .status = 201, .role = ROLE_MEMBER, .where = ON_WORKER, .flags = OP_WRITES | OP_AUDITED,
     .doc =
         "Starts a login shell, or a command, in a terminal in a worktree. Its topic on /ws is terminal/lch_…, of its launch. "
         "What runs there acts with the caller's role."},
    {"list_terminals", "GET /api/terminals", "terminal list", OP_RUN(list_terminals, TerminalsIn, TerminalPage),
     .role = ROLE_VIEWER, .where = ON_WORKER,
     .doc = "Lists terminals, newest first. Those that ended are kept for retention.event_days."},
    {"get_terminal", "GET /api/terminals/{terminalId}", "terminal show", OP_RUN(get_terminal, TerminalPath, Terminal),
     .role = ROLE_VIEWER, .where = ON_WORKER, .doc = "Shows one terminal."},
    {"update_terminal", "PUT /api/terminals/{terminalId}", "terminal update",
     OP_RUN(update_terminal, TerminalUpdate, Terminal), .role = ROLE_MEMBER, .where = ON_WORKER,
     .flags = OP_WRITES | OP_AUDITED, .doc = "Changes a terminal's name."},
    {"close_terminal", "POST /api/terminals/{terminalId}/close", "terminal close",
     OP_RUN(close_terminal, TerminalPath, Terminal), .role = ROLE_MEMBER, .where = ON_WORKER,
     .flags = OP_WRITES | OP_AUDITED,
     .doc = "Ends a terminal and its whole process tree; answers when they have ended. Its log stays."},
    {"get_terminal_screen", "GET /api/launches/{launchId}/screen", "terminal screen",
     OP_RUN(get_terminal_screen, TerminalScreenIn, TerminalScreen), .role = ROLE_VIEWER, .where = ON_SLOW,
     .subject = screen_subject,
     .doc = "The screen of a terminal, or of an agent that runs in one: now, at an offset of its log, or at a time."},
    {"take_terminal", "POST /api/launches/{launchId}/size-owner", "terminal take",
     OP_RUN(take_terminal, TerminalTake, TerminalTaken), .role = ROLE_MEMBER, .where = ON_WORKER,
     .flags = OP_WRITES | OP_AUDITED,
     .doc = "Makes a viewer the one whose window sets the terminal's size, until another types."},
    {0},
};
