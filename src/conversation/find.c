/* See find.h. */
#include "conversation/find.h"

#include <stdio.h>

#include "base/mem.h"
#include "base/text_cut.h"
#include "conversation/conversation_sql.h"
#include "conversation/page.h"
#include "core/topic.h"

ENUM_DEFINE(FindKind, FIND_KINDS);
ENUM_DEFINE(FindPart, FIND_PARTS);
SHAPE_DEFINE(MessageFind, MESSAGE_FIND);
SHAPE_DEFINE(FindHit, FIND_HIT);
SHAPE_DEFINE(MessageFound, MESSAGE_FOUND);

enum { NUMBERS_AT_ONCE = 256, EVENTS_AT_ONCE = 20000, AROUND_CHARS = 80, SHOWN_CHARS = 200, MEMBER_MAX = 400 };

/* Where a call begins and where the next one goes on: the message or the thought, the text in it, and the byte there. */
typedef struct FindAt {
    bool in_thoughts;
    MessageSpot spot; /* of thoughts: `number` is the event's */
    int64_t field, byte;
} FindAt;

/* A bound as a person wrote it. */
typedef struct FindBound {
    bool is_set, is_time;
    int64_t n;
} FindBound;

typedef struct Find {
    DbConn *db;
    const Conversation *c;
    const MessageFind *in;
    Pattern *pattern;
    unsigned roles, kinds; /* masks */
    FindBound from, to;
    FindAt at;
    FindHit of; /* what is true of each hit in the message or thought at hand; borrows from its row */
    int64_t field;
    bool is_over;   /* the page is full, or the time is up: `at` is where the rest begins */
    size_t n_texts; /* searched to their end in this call */
    size_t n_steps; /* messages, thoughts and ranges of events */
    int64_t slice_us, until_us;
    Arena *arena, *scratch;
    MessageFound *ret;
} Find;

/* --- one text --- */

static size_t back_chars(Str text, size_t at, int n) {
    for (; n > 0 && at > 0; n--) do
            at--;
        while (at > 0 && ((unsigned char)text.p[at] & 0xc0) == 0x80);
    return at;
}

static size_t on_chars(Str text, size_t at, size_t end, int n) {
    for (; n > 0 && at < end; n--) {
        size_t step = utf8_step(text.p + at, end - at);
        at += step ? step : 1;
    }
    return at;
}

static Str copied(Find *f, Str s) { return s.p ? arena_str(f->arena, s) : s; }

static void add_hit(Find *f, FindPart part, Str member, Str text, PatternSpan m, int64_t chars) {
    size_t shown = on_chars(text, m.begin, m.end, SHOWN_CHARS), first = back_chars(text, m.begin, AROUND_CHARS);
    size_t last = shown < m.end ? shown : on_chars(text, m.end, text.n, AROUND_CHARS);
    Str excerpt = str_from(str_upto(text, last), first), match = str_from(str_upto(text, m.end), m.begin);
    FindHit *hit = &f->ret->hits.items[f->ret->hits.n++];
    *hit = f->of;
    hit->message_id = copied(f, f->of.message_id);
    hit->parent = copied(f, f->of.parent);
    hit->tool_name = copied(f, f->of.tool_name);
    hit->part = part;
    if (member.n) GIVE(FindHit, hit, member, arena_str(f->arena, member));
    hit->start = chars;
    hit->end = chars + (int64_t)str_chars(match);
    hit->excerpt = arena_str(f->arena, text_clean(f->scratch, excerpt, excerpt.n));
    hit->excerpt_start = (int64_t)str_chars(str_upto(excerpt, m.begin - first));
    hit->excerpt_end = hit->excerpt_start + (int64_t)str_chars(str_from(str_upto(text, shown), m.begin));
}

static void stop_at(Find *f, size_t byte) {
    f->is_over = true;
    f->at.field = f->field;
    f->at.byte = (int64_t)byte;
}

/* Reading rows and passing over those that a filter leaves out take time too: the first text has a whole slice of its own. */
static int64_t deadline_of(const Find *f) { return f->n_texts ? f->until_us : clock_mono_us() + f->slice_us; }

/* An expression that needs more than a whole slice for the text at which it begins would never come to its end. */
static void stop_late(Find *f, size_t from, bool has_moved) {
    if (f->n_texts == 0 && !has_moved) {
        f->ret->gave_up++;
        f->field++;
        from = 0;
    }
    stop_at(f, from);
}

static void search_text(Find *f, FindPart part, Str member, Str text) {
    if (f->is_over || f->field < f->at.field) return;
    size_t from = f->field == f->at.field ? (size_t)f->at.byte : 0, counted = 0;
    int64_t chars = 0, until_us = deadline_of(f);
    bool has_moved = false;
    for (PatternSpan m; from <= text.n;) {
        PatternFound found = pattern_find(f->pattern, text, from, until_us, &m);
        if (found == PATTERN_LATE) {
            stop_late(f, from, has_moved);
            return;
        }
        f->ret->gave_up += found == PATTERN_GAVE_UP;
        if (found != PATTERN_FOUND) break;
        chars += (int64_t)str_chars(str_from(str_upto(text, m.begin), counted));
        counted = m.begin;
        add_hit(f, part, member, text, m, chars);
        from = m.end;
        has_moved = true;
        if (f->ret->hits.n == (size_t)f->in->limit) {
            stop_at(f, from);
            return;
        }
    }
    f->n_texts++;
}

static void search_next(Find *f, FindPart part, Str member, Str text) {
    search_text(f, part, member, text);
    if (!f->is_over) f->field++;
}

/* Each string among the arguments, by its path. */
static void search_json(Find *f, FindPart part, Str path, const Json *v) {
    bool is_list = v->type == JSON_ARRAY;
    if (v->type == JSON_STRING) search_next(f, part, path, v->s);
    if (!is_list && v->type != JSON_OBJECT) return;
    for (size_t i = 0; i < v->n && !f->is_over; i++) {
        Str name = is_list ? (Str){0} : v->members[i].key;
        Str below = is_list
                        ? arena_fmt(f->scratch, STR_FMT "[%zu]", STR_ARG(path), i)
                        : arena_fmt(f->scratch, STR_FMT "%s" STR_FMT, STR_ARG(path), path.n ? "." : "", STR_ARG(name));
        search_json(f, part, text_clean(f->scratch, below, MEMBER_MAX), is_list ? &v->items[i] : &v->members[i].value);
    }
}

/* JSON as it is stored; what is not JSON is searched as it is. */
static void search_stored(Find *f, FindPart part, Str stored) {
    Json *v = NULL;
    if (!stored.n) return;
    if (json_parse(f->scratch, stored, JSON_DEPTH_MAX, &v, NULL) < 0)
        search_next(f, part, (Str){0}, stored);
    else
        search_json(f, part, (Str){0}, v);
}

/* --- one message --- */

enum {
    COL_NUMBER,
    COL_PLACE,
    COL_ID,
    COL_IDX,
    COL_PARENT,
    COL_ROLE,
    COL_AT,
    COL_IS_ERROR,
    COL_TOOL,
    COL_CONTENT,
    COL_INPUT,
    COL_OUTPUT
};

static bool is_in_time(const Find *f, TimeUs at) {
    bool is_early = f->from.is_set && f->from.is_time && at < f->from.n;
    bool is_late = f->to.is_set && f->to.is_time && at > f->to.n;
    return !is_early && !is_late;
}

/* An index bounds the place; messages of subagents stand at that of the message before them. */
static bool is_behind(const Find *f, int64_t place) { return f->to.is_set && !f->to.is_time && place > f->to.n; }

static bool is_wanted(const Find *f, DbRow *r) {
    const MessageFind *in = f->in;
    bool fits = (f->roles & 1u << f->of.role) && (f->kinds & 1u << f->of.kind) && is_in_time(f, f->of.created_at);
    if (in->only_errors && !f->of.is_error) return false;
    return fits && (!in->tool_name.n || str_eq(db_col_text(r, COL_TOOL), in->tool_name));
}

static void take_facts(Find *f, DbRow *r) {
    int role = ROLE_WORD_SYSTEM;
    Str tool = db_col_text(r, COL_TOOL), parent = db_col_text(r, COL_PARENT);
    (void)enum_find(&MessageRole_enum, db_col_text(r, COL_ROLE), &role);
    f->of = (FindHit){.kind = role == ROLE_WORD_TOOL ? FIND_TOOL : FIND_TEXT, .role = (MessageRole)role};
    GIVE(FindHit, &f->of, message_id, db_col_text(r, COL_ID));
    f->of.created_at = db_col_i64(r, COL_AT);
    if (db_col_text(r, COL_IDX).p) GIVE(FindHit, &f->of, index, db_col_i64(r, COL_IDX));
    if (parent.n) GIVE(FindHit, &f->of, parent, parent);
    if (tool.n) GIVE(FindHit, &f->of, tool_name, tool);
    if (db_col_i64(r, COL_IS_ERROR)) GIVE(FindHit, &f->of, is_error, true);
}

/* The content of a call is its title, which repeats one of its arguments. */
static bool on_message(void *arg, DbRow *r) {
    Find *f = arg;
    MessageSpot spot = {db_col_i64(r, COL_PLACE), db_col_i64(r, COL_NUMBER)};
    bool goes_on = spot.place == f->at.spot.place && spot.number == f->at.spot.number;
    f->at = (FindAt){.spot = spot, .field = goes_on ? f->at.field : 0, .byte = goes_on ? f->at.byte : 0};
    f->field = 0;
    take_facts(f, r);
    if (is_wanted(f, r) && !is_behind(f, spot.place)) {
        Str input = db_col_text(r, COL_INPUT);
        if (f->of.kind == FIND_TEXT || !input.n) search_next(f, FIND_CONTENT, (Str){0}, db_col_text(r, COL_CONTENT));
        search_stored(f, FIND_INPUT, input);
        search_stored(f, FIND_OUTPUT, db_col_text(r, COL_OUTPUT));
    }
    f->n_steps++;
    f->ret->looked += !f->is_over;
    if (HAS(FindHit, &f->of, index)) GIVE(MessageFound, f->ret, looked_index, f->of.index);
    GIVE(MessageFound, f->ret, looked_at, f->of.created_at);
    if (!f->is_over) f->at = (FindAt){.spot = {spot.place, spot.number + 1}};
    return false;
}

/* The time is over, and something was looked at. */
static bool is_late(Find *f) {
    if (!f->is_over && f->n_steps && clock_mono_us() > f->until_us) f->is_over = true;
    return f->is_over;
}

static int search_messages(Find *f, Err *e) {
    MessageNumbers numbers = {.items = arena_array(f->arena, NUMBERS_AT_ONCE, sizeof(int64_t)), .max = NUMBERS_AT_ONCE};
    while (!is_late(f)) {
        TRY(message_numbers_from(f->db, f->c, f->at.spot, &numbers, e));
        for (size_t i = 0; i < numbers.n && !is_late(f); i++) {
            TRY(db_each(f->db, &sql_message_searched, DB_ARGS(db_i64(numbers.items[i])), on_message, f, e));
            arena_reset(f->scratch);
            if (is_behind(f, f->at.spot.place)) return 0;
        }
        if (numbers.n < numbers.max) break;
    }
    return 0;
}

/* --- thoughts --- */

static void take_thought(Find *f, DbRow *r, const EvText *v) {
    f->of = (FindHit){.kind = FIND_THOUGHT, .role = ROLE_WORD_ASSISTANT, .created_at = db_col_i64(r, 1)};
    GIVE(FindHit, &f->of, seq, db_col_i64(r, 0));
    if (v->parent.n) GIVE(FindHit, &f->of, parent, v->parent);
}

static bool on_thought(void *arg, DbRow *r) {
    Find *f = arg;
    Json *payload = NULL;
    EvText v = {0};
    int64_t seq = db_col_i64(r, 0);
    bool goes_on = seq == f->at.spot.number;
    f->at = (FindAt){true, {0, seq}, goes_on ? f->at.field : 0, goes_on ? f->at.byte : 0};
    f->field = 0;
    bool is_read = json_parse(f->scratch, db_col_text(r, 2), JSON_DEPTH_MAX, &payload, NULL) >= 0 &&
                   shape_decode(&EvText_shape, payload, f->scratch, &v, NULL) >= 0;
    if (is_read) take_thought(f, r, &v);
    if (is_read && is_in_time(f, f->of.created_at)) search_next(f, FIND_CONTENT, (Str){0}, v.text);
    f->n_steps++;
    f->ret->looked += !f->is_over;
    GIVE(MessageFound, f->ret, looked_at, db_col_i64(r, 1));
    if (!f->is_over) f->at = (FindAt){true, {0, seq + 1}, 0, 0};
    return !is_late(f);
}

static bool wants_thoughts(const Find *f) {
    const MessageFind *in = f->in;
    bool has_index = (f->from.is_set && !f->from.is_time) || (f->to.is_set && !f->to.is_time);
    return (f->kinds & 1u << FIND_THOUGHT) && (f->roles & 1u << ROLE_WORD_ASSISTANT) && !has_index &&
           !in->only_errors && !in->tool_name.n;
}

static int search_thoughts(Find *f, Err *e) {
    char kind[64];
    int64_t last = 0;
    snprintf(kind, sizeof kind, STR_FMT, STR_ARG(str_upto(f->c->subject_kind, sizeof kind - 1)));
    Str topic = topic_of(f->arena, kind, f->c->subject_id);
    TRY(db_scalar(f->db, &sql_thoughts_last, DB_ARGS(db_text(topic)), 0, &last, e));
    if (!f->at.in_thoughts) f->at = (FindAt){.in_thoughts = true};
    while (!is_late(f) && f->at.spot.number <= last) {
        int64_t from = f->at.spot.number, to = from + EVENTS_AT_ONCE;
        DbArgs args = DB_ARGS(db_text(topic), db_i64(from), db_i64(to));
        TRY(db_each(f->db, &sql_thoughts_between, args, on_thought, f, e));
        arena_reset(f->scratch);
        f->n_steps++;
        if (!f->is_over && f->at.spot.number < to) f->at.spot.number = to;
    }
    f->is_over = f->at.spot.number <= last;
    return 0;
}

/* --- a call --- */

static int fail_field(const char *name, const char *wants, Err *e) {
    int r = err_fail(e, ERR_INVALID, "`%s` %s", name, wants);
    err_detail(e, name, "%s", wants);
    return r;
}

static int read_bound(const char *name, Str text, FindBound *ret, Err *e) {
    *ret = (FindBound){.is_set = text.p != NULL};
    if (!text.p || str_parse_i64(text, 0, INT64_MAX, &ret->n)) return 0;
    ret->is_time = true;
    return time_parse(text, &ret->n) ? 0 : fail_field(name, "must be a time (RFC 3339) or an index", e);
}

/* "m<place>.<number>.<text>.<byte>", or "t" for thoughts. */
static int read_cursor(Find *f, Err *e) {
    Str rest = str_from(f->in->cursor, 1), word;
    int64_t n[4];
    char c = f->in->cursor.n ? f->in->cursor.p[0] : 0;
    bool ok = c == 'm' || c == 't';
    for (size_t i = 0; ok && i < COUNT_OF(n); i++)
        ok = str_split(&rest, '.', &word) && str_parse_i64(word, 0, INT64_MAX, &n[i]);
    if (!ok || rest.n) return fail_field("cursor", "must be `nextCursor` of an earlier answer", e);
    f->at = (FindAt){c == 't', {n[0], n[1]}, n[2], n[3]};
    return 0;
}

static unsigned mask_of(const EnumDef *words, const StrList *given) {
    unsigned mask = 0;
    int at;
    for (size_t i = 0; i < given->n; i++)
        if (enum_find(words, given->items[i], &at)) mask |= 1u << at;
    return given->n ? mask : ~0u;
}

static int prepare(Find *f, Err *e) {
    const MessageFind *in = f->in;
    PatternSpec spec = {in->q, in->regex, in->case_sensitive};
    f->roles = mask_of(&MessageRole_enum, &in->roles);
    f->kinds = mask_of(&FindKind_enum, &in->kinds);
    TRY(read_bound("from", in->from, &f->from, e));
    TRY(read_bound("to", in->to, &f->to, e));
    if (f->from.is_set && !f->from.is_time) f->at.spot.place = f->from.n;
    if (in->cursor.p) TRY(read_cursor(f, e));
    return pattern_new(&spec, &f->pattern, e);
}

static void find_done(Find *f) {
    pattern_free(f->pattern);
    arena_free(f->scratch);
}

static int search(Find *f, Err *e) {
    if (!f->at.in_thoughts) TRY(search_messages(f, e));
    if (!f->is_over && wants_thoughts(f)) TRY(search_thoughts(f, e));
    return 0;
}

int message_find(DbConn *db, const Conversation *c, const FindCall *call, Arena *a, MessageFound *ret, Err *e) {
    const MessageFind *in = call->in;
    CLEANUP(find_done) Find f = {.db = db, .c = c, .in = in, .arena = a, .scratch = arena_new(), .ret = ret};
    *ret = (MessageFound){.hits = {arena_array(a, (size_t)in->limit, sizeof(FindHit)), 0}, .total = c->next_index};
    TRY(prepare(&f, e));
    f.slice_us = call->slice_ms * 1000;
    f.until_us = clock_mono_us() + f.slice_us;
    TRY(db_read_begin(db, e));
    int r = search(&f, e);
    db_read_end(db);
    TRY(r);
    if (!f.is_over) return 0;
    Str next = arena_fmt(a, "%c%lld.%lld.%lld.%lld", f.at.in_thoughts ? 't' : 'm', (long long)f.at.spot.place,
                         (long long)f.at.spot.number, (long long)f.at.field, (long long)f.at.byte);
    GIVE(MessageFound, ret, next_cursor, next);
    return 0;
}
