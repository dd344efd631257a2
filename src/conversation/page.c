/* See page.h. */
#include "conversation/page.h"

#include "base/mem.h"
#include "base/text_cut.h"
#include "base/ulid.h"
#include "base/vec.h"
#include "conversation/conversation_sql.h"

/* --- where a page stands --- */

static bool is_digits(Str s) {
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9') return false;
    return s.n > 0;
}

static bool read_key(Str text, PageAt *ret) {
    ret->key = PAGE_INDEX;
    if (is_digits(text)) return str_parse_i64(text, 0, INT64_MAX, &ret->n);
    ret->key = PAGE_TIME;
    if (time_parse(text, &ret->n)) return true;
    ret->key = PAGE_ID;
    ret->id = text;
    return id_is(text, "msg");
}

int page_at(const PageAsked *in, PageAt *ret, Err *e) {
    const struct {
        const char *name;
        PageSide side;
        Str text;
    } sides[] = {
        {"before", PAGE_BEFORE, in->before}, {"after", PAGE_AFTER, in->after}, {"around", PAGE_AROUND, in->around}};
    const char *given = NULL;
    *ret = (PageAt){.side = PAGE_NEWEST};
    for (size_t i = 0; i < COUNT_OF(sides); i++) {
        if (!sides[i].text.p) continue;
        if (given) {
            int r = err_fail(e, ERR_INVALID, "`%s` and `%s` cannot be used together", given, sides[i].name);
            err_detail(e, sides[i].name, "cannot be used together with %s", given);
            return r;
        }
        given = sides[i].name;
        ret->side = sides[i].side;
        if (read_key(sides[i].text, ret)) continue;
        int r = err_fail(e, ERR_INVALID, "`%s` takes the id of a message, a time (RFC 3339) or an index", given);
        err_detail(e, given, "must be the id of a message (msg_...), a time (RFC 3339) or an index");
        return r;
    }
    return 0;
}

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

/* How many rows on each side belong to the page, of those that were found: at most `limit` together; around a place half
 * of them on each side, or more where the other side has fewer. */
typedef struct Split {
    size_t older, newer;
} Split;

static Split split_page(PageSide side, size_t limit, Split found) {
    if (side == PAGE_AFTER) return (Split){0, least(found.newer, limit)};
    if (side != PAGE_AROUND) return (Split){least(found.older, limit), 0};
    size_t newer = least(found.newer, limit - least(found.older, limit / 2));
    return (Split){least(found.older, limit - newer), newer};
}

/* --- the path of branches --- */

/* The head branch first, then what its ancestors hold of the conversation: their rows up to `last`. */
typedef struct Stretch {
    int64_t branch, last;
} Stretch;

typedef struct Fork {
    int64_t parent, behind;
} Fork;

typedef struct Path {
    VEC(Stretch) stretches;
} Path;
static void path_done(Path *p) { vec_done(&p->stretches); }

static bool on_fork(void *arg, DbRow *r) {
    *(Fork *)arg = (Fork){db_col_i64(r, 0), db_col_i64(r, 1)};
    return false;
}

static int read_path(DbConn *db, const Conversation *c, Path *ret, Err *e) {
    Stretch s = {c->head_branch, INT64_MAX};
    while (s.branch) {
        Fork fork = {0};
        vec_push(&ret->stretches, s);
        TRY(db_each(db, &sql_branch_parent, DB_ARGS(db_i64(c->number), db_i64(s.branch)), on_fork, &fork, e));
        s.branch = fork.parent;
        if (fork.behind < s.last) s.last = fork.behind;
    }
    return 0;
}

/* --- places --- */

#define PLACE_QUEUED INT64_MAX /* behind all that have an index */

typedef MessageSpot Spot;

typedef struct Reader {
    DbConn *db;
    const Conversation *c;
    const MessagePage *page;
    Path path;
} Reader;

static void reader_done(Reader *r) { path_done(&r->path); }

static bool on_spot(void *arg, DbRow *r) {
    *(Spot *)arg = (Spot){db_col_i64(r, 0), db_col_i64(r, 1)};
    return false;
}

static int find_id(Reader *r, Spot *ret, Err *e) {
    Str id = r->page->at.id;
    *ret = (Spot){-2, 0};
    TRY(db_each(r->db, &sql_message_spot, DB_ARGS(db_i64(r->c->number), db_text(id)), on_spot, ret, e));
    return ret->place > -2 ? 0 : message_missing(r->c, id, e);
}

/* One that is not there any more, or not yet, has its place all the same. */
static int find_index(Reader *r, Spot *ret, Err *e) {
    *ret = (Spot){r->page->at.n, 0};
    vec_each(&r->path.stretches, s) {
        if (ret->place > s->last) continue;
        TRY(db_each(r->db, &sql_message_at_index, DB_ARGS(db_i64(r->c->number), db_i64(s->branch), db_i64(ret->place)),
                    on_spot, ret, e));
    }
    return 0;
}

/* Prompts are dated when they are written and stand where they are sent. So what the CLI said, which is in order of
 * time, gives the place; then the prompts right before it that are not older come along. */
static int find_time(Reader *r, TimeUs time, Spot *ret, Err *e) {
    int64_t number = r->c->number;
    *ret = (Spot){r->c->next_index, 0};
    vec_each(&r->path.stretches, s) {
        Spot first = {INT64_MAX, 0};
        TRY(db_each(r->db, &sql_message_said_from, DB_ARGS(db_i64(number), db_i64(s->branch), db_i64(time)), on_spot,
                    &first, e));
        if (first.place <= s->last && first.place <= ret->place) *ret = first;
    }
    Spot older = {-1, 0};
    vec_each(&r->path.stretches, s) {
        Spot to = ret->place > s->last ? (Spot){s->last, INT64_MAX} : *ret;
        TRY(db_each(r->db, &sql_message_older_than,
                    DB_ARGS(db_i64(number), db_i64(s->branch), db_i64(to.place), db_i64(to.number), db_i64(time)),
                    on_spot, &older, e));
        if (older.place >= 0) break;
    }
    if (older.place < ret->place) *ret = (Spot){older.place + 1, 0};
    return 0;
}

/* What is older than *ret stands before the page's place, the rest at it or behind it. What `after` names is not in its
 * page. */
static int find_spot(Reader *r, Spot *ret, Err *e) {
    const PageAt *at = &r->page->at;
    bool is_after = at->side == PAGE_AFTER;
    *ret = (Spot){PLACE_QUEUED, INT64_MAX};
    if (at->side == PAGE_NEWEST) return 0;
    if (at->key == PAGE_TIME) return find_time(r, at->n + is_after, ret, e);
    TRY(at->key == PAGE_ID ? find_id(r, ret, e) : find_index(r, ret, e));
    ret->number += is_after;
    return 0;
}

/* --- the rows --- */

/* Numbers of messages, in the order in which they were read. */
typedef struct Rows {
    int64_t *numbers;
    size_t n, want;
} Rows;

static Rows rows_new(Arena *a, size_t want) { return (Rows){arena_array(a, want + 1, sizeof(int64_t)), 0, want}; }
static int64_t left(const Rows *rows) { return (int64_t)(rows->want - rows->n); }

static bool on_number(void *arg, DbRow *r) {
    Rows *rows = arg;
    rows->numbers[rows->n++] = db_col_i64(r, 0);
    return rows->n < rows->want;
}

/* With subagents many messages may stand at one place: those beside `at` are one range of the index, those at other
 * places another. */
static int read_stretch_before(Reader *r, const Stretch *s, Spot at, Rows *rows, Err *e) {
    DbValue number = db_i64(r->c->number), branch = db_i64(s->branch);
    Spot to = at.place > s->last ? (Spot){s->last, INT64_MAX} : at;
    DbValue place = db_i64(to.place), beside = db_i64(to.number);
    if (!r->page->with_subagents)
        return db_each(r->db, &sql_message_indexes_before, DB_ARGS(number, branch, place, beside, db_i64(left(rows))),
                       on_number, rows, e);
    TRY(db_each(r->db, &sql_message_place_before, DB_ARGS(number, branch, place, beside, db_i64(left(rows))), on_number,
                rows, e));
    if (!left(rows)) return 0;
    return db_each(r->db, &sql_message_places_before, DB_ARGS(number, branch, place, db_i64(left(rows))), on_number,
                   rows, e);
}

static int read_stretch_from(Reader *r, const Stretch *s, Spot at, Rows *rows, Err *e) {
    DbValue number = db_i64(r->c->number), branch = db_i64(s->branch), last = db_i64(s->last);
    DbValue place = db_i64(at.place), beside = db_i64(at.number);
    const Sql *first = r->page->with_subagents ? &sql_message_place_from : &sql_message_indexes_from;
    TRY(db_each(r->db, first, DB_ARGS(number, branch, place, beside, last, db_i64(left(rows))), on_number, rows, e));
    if (!r->page->with_subagents || !left(rows)) return 0;
    return db_each(r->db, &sql_message_places_from, DB_ARGS(number, branch, place, last, db_i64(left(rows))), on_number,
                   rows, e);
}

static int read_older(Reader *r, Spot at, Rows *rows, Err *e) {
    if (at.place == PLACE_QUEUED)
        TRY(db_each(r->db, &sql_message_queued_before,
                    DB_ARGS(db_i64(r->c->number), db_i64(at.number), db_i64(left(rows))), on_number, rows, e));
    for (size_t i = 0; i < r->path.stretches.n && left(rows); i++)
        TRY(read_stretch_before(r, &r->path.stretches.items[i], at, rows, e));
    return 0;
}

static int read_newer(Reader *r, Spot at, Rows *rows, Err *e) {
    int64_t from = at.place == PLACE_QUEUED ? at.number : 0;
    for (size_t i = r->path.stretches.n; i > 0 && left(rows) && at.place < PLACE_QUEUED; i--)
        TRY(read_stretch_from(r, &r->path.stretches.items[i - 1], at, rows, e));
    if (!left(rows)) return 0;
    return db_each(r->db, &sql_message_queued_from, DB_ARGS(db_i64(r->c->number), db_i64(from), db_i64(left(rows))),
                   on_number, rows, e);
}

int message_numbers_from(DbConn *db, const Conversation *c, MessageSpot from, MessageNumbers *ret, Err *e) {
    static const MessagePage all = {.with_subagents = true};
    CLEANUP(reader_done) Reader r = {.db = db, .c = c, .page = &all};
    Rows rows = {ret->items, 0, ret->max};
    TRY(read_path(db, c, &r.path, e));
    TRY(read_newer(&r, from, &rows, e));
    ret->n = rows.n;
    return 0;
}

/* The statement reads at most a byte more than a list shows. */
static void cut_content(Message *m) {
    if (m->content.n <= EVENT_TEXT_MAX) return;
    m->content = text_cut(m->content, EVENT_TEXT_MAX);
    GIVE(Message, m, truncated, true);
}

int message_listed(DbConn *db, int64_t number, Arena *a, Message *ret, bool *ret_found, Err *e) {
    TRY(db_one(db, &sql_message_listed, DB_ARGS(db_i64(number)), DB_INTO(Message, a, ret), ret_found, e));
    cut_content(ret);
    return 0;
}

static int add_row(DbConn *db, int64_t number, Arena *a, MessageList *l, Err *e) {
    bool found;
    TRY(message_listed(db, number, a, &l->items[l->n], &found, e));
    l->n += found;
    return 0;
}

int message_page(DbConn *db, const Conversation *c, const MessagePage *p, Arena *a, MessagePageFound *ret, Err *e) {
    CLEANUP(reader_done) Reader r = {.db = db, .c = c, .page = p};
    size_t limit = (size_t)p->limit;
    Rows older = rows_new(a, limit + 1), newer = rows_new(a, limit + 1);
    Spot at;
    int64_t queued = 0;
    TRY(read_path(db, c, &r.path, e));
    TRY(find_spot(&r, &at, e));
    TRY(read_older(&r, at, &older, e));
    TRY(read_newer(&r, at, &newer, e));
    Split split = split_page(p->at.side, limit, (Split){older.n, newer.n});
    *ret = (MessagePageFound){.has_older = older.n > split.older, .has_newer = newer.n > split.newer};
    ret->messages.items = arena_array(a, limit + 1, sizeof(Message));
    for (size_t i = split.older; i > 0; i--) TRY(add_row(db, older.numbers[i - 1], a, &ret->messages, e));
    for (size_t i = 0; i < split.newer; i++) TRY(add_row(db, newer.numbers[i], a, &ret->messages, e));
    TRY(db_scalar(db, &sql_message_count_unsent, DB_ARGS(db_i64(c->number)), 0, &queued, e));
    ret->total = c->next_index + queued;
    return 0;
}
