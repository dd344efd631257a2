/* Where the lines of comments are now: each file is read once, in one pass over its lines, and freed before the next. */
#include <fcntl.h>
#include <unistd.h>

#include "base/json.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/text_cut.h"
#include "change/comment_in.h"
#include "sys/fault.h"
#include "sys/file.h"

enum { FILE_BYTES = 32 << 20 };

/* -- the file's bytes ------------------------------------------------------------------------------------------- */

typedef struct Anchoring {
    OpCall *call;
    const Git *g;
    Str workspace_id;
    Str from; /* the words that `sides` are of; {NULL,0}: none yet */
    GitSides sides;
    bool has_sides;
} Anchoring;

/* What is known of a file: its text, or that there is none; nothing where it could not be read. */
typedef struct Content {
    bool is_known;
    Str text; /* {NULL,0}: no such file */
} Content;
static const Content no_file = {.is_known = true};

/* A side that no longer exists, as a base branch that was unset, has no lines to find. */
static void find_sides(Anchoring *x, Str from) {
    Str base = STR("");
    Err none = {0};
    if (x->from.p && str_eq(x->from, from)) return;
    x->from = from;
    x->has_sides = (!str_is(from, "base") || base_ref(x->call->db, x->g, x->workspace_id, &base, &none) == 0) &&
                   git_sides(x->g, from, (Str){0}, base, &x->sides, &none) == 0;
}

/* Everything is in `a`. */
static Content old_content(Anchoring *x, const Comment *c, Arena *a) {
    Git g = *x->g;
    GitOut o;
    Str id;
    Err none = {0};
    find_sides(x, c->from.p ? c->from : STR("head"));
    if (!x->has_sides) return (Content){0};
    g.arena = a;
    GitSides side = {.to = x->sides.from, .to_index = !x->sides.from};
    if (git_blob_id(&g, &side, arena_cstr(a, c->path), &id, &none) < 0) return (Content){0};
    if (!id.p) return no_file;
    GitCall show = {.args = GIT_ARGS("cat-file", "blob", arena_cstr(a, id)), .output_max = FILE_BYTES};
    return git_quiet(&g, &show, &o, &none) < 0 ? (Content){0} : (Content){true, o.out};
}

/* What is there instead of a regular file, a folder or a link, is no file with lines. */
static Content new_content(const Git *g, const Comment *c, Buf *b) {
    Err why = {0};
    struct stat st;
    ssize_t n = 1;
    CLEANUP(fd_closep) int fd = -1;
    CLEANUP(fd_closep) int top = open(g->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    const char *path = arena_cstr(g->arena, c->path);
    if (top < 0) return (Content){0};
    if (file_open_beneath(top, path, O_PATH | O_NOFOLLOW, 0, &fd, &why) < 0)
        return why.code == ERR_NOT_FOUND ? no_file : (Content){0};
    if (fstat(fd, &st) < 0) return (Content){0};
    if (!S_ISREG(st.st_mode)) return no_file;
    fd_closep(&fd);
    if (file_open_beneath(top, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0, &fd, &why) < 0 ||
        fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size > FILE_BYTES)
        return (Content){0};
    while (n > 0 && buf_reserve(b, 64 << 10)) {
        n = fault_point("comment.read") ? -1 : read(fd, b->p + b->n, 64 << 10);
        if (n > 0) b->n += (size_t)n;
    }
    return n == 0 ? (Content){true, buf_str(b)} : (Content){0};
}

/* -- its lines --------------------------------------------------------------------------------------------------- */

/* A line as a diff shows it, which is what the comment was written on: bytes that are not UTF-8 replaced, the end cut. Without
 * the CR that git may have taken away. `a` is emptied. */
static Str shown(Arena *a, Str line) {
    bool is_cut;
    line = git_line_text(line, &is_cut);
    if (str_ends(line, STR("\r"))) line.n--;
    if (!str_is_utf8(line)) {
        CLEANUP(buf_done) Buf b;
        Json *v;
        arena_reset(a);
        buf_init(&b, 6 * GIT_LINE_BYTES + 2);
        JsonOut o = json_out(&b);
        json_put_str(&o, line);
        if (json_parse(a, arena_str(a, buf_str(&b)), 1, &v, &(Err){0}) == 0) line = v->s;
    }
    return text_cut(line, COMMENT_LINE_KEPT);
}

/* Comments on lines of the same text, by the number of their line. `head` is the first whose nearest line is not certain
 * yet: a later one may be nearer. */
typedef struct Wanted {
    Comment *comment;
    struct Wanted *next; /* the same text */
} Wanted;
typedef struct Text {
    Wanted *head, *tail;
    int64_t last; /* number of the last line with this text; 0: none yet */
} Text;

static void place(Comment *c, int64_t line) {
    c->is_outdated = !line;
    if (line) GIVE(Comment, c, current_line, line);
}

/* Lines come in order: those before this one have their nearest, this one or the last before it. */
static void meet(Text *t, int64_t at) {
    for (; t->head && t->head->comment->line <= at; t->head = t->head->next) {
        int64_t line = t->head->comment->line;
        place(t->head->comment, t->last && line - t->last <= at - line ? t->last : at);
    }
    t->last = at;
}

static void want(Map *texts, Comment *c, Arena *a, Arena *line_arena) {
    Str key = shown(line_arena, c->line_text);
    Text *t = map_find(texts, key);
    Wanted *w = arena_alloc(a, sizeof *w);
    *w = (Wanted){.comment = c};
    if (!t) {
        t = arena_alloc(a, sizeof *t);
        *t = (Text){0};
        map_put(texts, key, t);
    }
    if (t->tail) t->tail->next = w;
    if (!t->head) t->head = w;
    t->tail = w;
}

static void anchor_file(Str text, Comment *items, size_t n, Arena *a) {
    CLEANUP(arena_freep) Arena *line_arena = arena_new();
    CLEANUP(map_done) Map texts = {0};
    size_t i = 0;
    Str line;
    for (size_t k = 0; k < n; k++) want(&texts, &items[k], a, line_arena);
    for (int64_t at = 1; text.n && str_split(&text, '\n', &line); at++) {
        Text *t = map_find(&texts, shown(line_arena, line));
        if (t) meet(t, at);
    }
    for (MapSlot *s; (s = map_next(&texts, &i));) {
        const Text *t = s->value;
        for (const Wanted *w = t->head; w; w = w->next) place(w->comment, t->last);
    }
}

static bool same_file(const Comment *one, const Comment *other) {
    return str_eq(one->path, other->path) && one->side == other->side && str_eq(one->from, other->from);
}

void comments_anchor(OpCall *c, const Git *g, Str workspace_id, CommentList *l) {
    Anchoring x = {.call = c, .g = g, .workspace_id = workspace_id};
    for (size_t i = 0, n; i < l->n; i += n) {
        CLEANUP(arena_freep) Arena *a = arena_new();
        CLEANUP(buf_done) Buf b;
        Comment *first = &l->items[i];
        buf_init(&b, FILE_BYTES + (64 << 10));
        for (n = 1; i + n < l->n && same_file(first, &first[n]);) n++;
        Content file = first->side == COMMENT_OLD ? old_content(&x, first, a) : new_content(g, first, &b);
        if (file.is_known) anchor_file(file.text, first, n, a);
    }
}

int comment_check_place(OpCall *c, const Git *g, const Comment *comment, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    CLEANUP(buf_done) Buf b;
    Anchoring x = {.call = c, .g = g, .workspace_id = comment->workspace_id};
    bool is_old = comment->side == COMMENT_OLD;
    int64_t lines = 0;
    Str line;
    buf_init(&b, FILE_BYTES + (64 << 10));
    Str text = (is_old ? old_content(&x, comment, a) : new_content(g, comment, &b)).text;
    if (!text.p) {
        const char *side = is_old ? "of the old side" : "of the worktree";
        int r = err_fail(e, ERR_NOT_FOUND, STR_FMT " is not a file %s, or it is larger than %d MiB",
                         STR_ARG(comment->path), side, FILE_BYTES >> 20);
        err_detail(e, "path", "is not a file %s", side);
        return r;
    }
    while (text.n && lines < comment->line && str_split(&text, '\n', &line)) lines++;
    if (lines == comment->line) return 0;
    int r = err_fail(e, ERR_INVALID, STR_FMT " has %lld %s: there is no line %lld", STR_ARG(comment->path),
                     (long long)lines, str_plural(lines, "line", "lines"), (long long)comment->line);
    err_detail(e, "line", "there is no line %lld", (long long)comment->line);
    return r;
}
