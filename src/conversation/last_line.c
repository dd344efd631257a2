/* See last_line.h. */
#include "conversation/last_line.h"

#include "base/mem.h"
#include "base/text_cut.h"
#include "conversation/conversation_sql.h"
#include "core/stream.h"
#include "core/topic.h"

/* Bytes of a text that are looked at, of a line that is kept, and how many events are read. */
enum { END_MAX = 2000, LINE_MAX_BYTES = 400, EVENTS_MAX = 256 };

static Str last_line_of(Str text) {
    Str line = {0}, all = str_trim(text);
    for (Str rest = str_from(all, all.n > END_MAX ? all.n - END_MAX : 0); str_split(&rest, '\n', &line);) continue;
    return str_trim(line);
}

int last_line_set(Tx *tx, const Conversation *c, Str text, bool *ret_is_other, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    int64_t n_changed = 0;
    *ret_is_other = false;
    Str line = last_line_of(text);
    if (!line.n) return 0;
    line = str_trim(text_printable(a, text_clean(a, line, LINE_MAX_BYTES)));
    TRY(tx_run(tx, &sql_conversation_set_last_line, DB_ARGS(db_i64(c->number), db_text(line)), &n_changed, e));
    *ret_is_other = n_changed > 0;
    return 0;
}

/* What streams, read backwards: the pieces found so far begin at `at`. */
typedef struct Growing {
    Arena *arena;
    Str block;
    char text[END_MAX];
    size_t at;
    bool has_begin; /* of its last line */
    bool is_cut;    /* what is before it cannot be read, or is too much */
} Growing;

static bool put_before(Growing *g, Str text) {
    size_t n = text.n < g->at ? text.n : g->at;
    g->at -= n;
    g->is_cut = n < text.n;
    if (n) memcpy(g->text + g->at, text.p + text.n - n, n);
    Str all = str_trim((Str){g->text + g->at, sizeof g->text - g->at});
    g->has_begin = all.n && memchr(all.p, '\n', all.n);
    return !g->has_begin && !g->is_cut;
}

/* A text, a call or another block of the main thread ends what was said before it. */
static bool on_newest(void *arg, const StreamSeen *ev) {
    Growing *g = arg;
    Json *v;
    bool is_delta = str_is(ev->kind, "text_delta");
    if (!is_delta && !str_is(ev->kind, "text") && !str_is(ev->kind, "tool_start")) return true;
    g->is_cut = !ev->payload.p || json_parse(g->arena, ev->payload, JSON_DEPTH_REQUEST, &v, NULL) < 0;
    if (g->is_cut) return false;
    if (json_str(v, "parent").n) return true;
    Str block = json_str(v, "block");
    if (is_delta && !g->block.n) g->block = arena_str(g->arena, block);
    if (is_delta && str_eq(block, g->block)) return put_before(g, json_str(v, "text"));
    g->has_begin = true;
    return false;
}

int last_line_follow(Tx *tx, ConversationOf of, bool *ret_is_other, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Conversation c;
    bool has_more;
    Growing g = {.arena = a, .at = sizeof g.text};
    *ret_is_other = false;
    TRY(conversation_get(tx_conn(tx), of.kind, of.id, a, &c, e));
    StreamBack back = {topic_of(a, arena_cstr(a, of.kind), of.id), EVENTS_MAX, on_newest, &g};
    TRY(stream_each_newest(tx_conn(tx), &back, &has_more, e));
    if (!g.has_begin && (g.is_cut || has_more)) return 0;
    return last_line_set(tx, &c, (Str){g.text + g.at, sizeof g.text - g.at}, ret_is_other, e);
}
