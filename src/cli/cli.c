/* See cli.h. */
#include "cli/cli.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/shape.h"
#include "base/text_cut.h"
#include "net/local_client.h"
#include "sys/digest.h"

enum { ANSWER_MAX = 64 << 20, CALL_MS = 120000, TARGET_MAX = 64 << 10, HELP_MAX = 256 << 10 };

static void call_done(CliCall *c) { buf_done(&c->answer); }

static int open_home(const char *home, int *ret_fd, Err *e) {
    *ret_fd = open(home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return *ret_fd < 0
               ? err_fail(e, ERR_NOT_FOUND, "there is no data folder at %s; start the daemon with `muster serve`", home)
               : 0;
}

int cli_call(const CliContext *c, CliCall *x, Err *e) {
    CLEANUP(fd_closep) int fd = -1;
    char method[16] = {0}, key[37];
    TRY(open_home(c->home, &fd, e));
    memcpy(method, x->op->route, strcspn(x->op->route, " "));
    random_uuid(key);
    LocalCall call = {.method = method, .target = str(x->target), .body = x->body};
    call.timeout_ms = x->timeout_ms ? x->timeout_ms : CALL_MS;
    if (x->op->flags & OP_WRITES) call.idempotency_key = str(key);
    return local_client_call(fd, "sock", &call, &x->status, &x->answer, e);
}

/* --- finding the operation -------------------------------------------------------------------------------- */

static int words_of(const char *alias, const char *const *words, int n) {
    Str rest = str(alias), one;
    int i = 0;
    for (; str_split(&rest, ' ', &one); i++)
        if (i >= n || !str_is(one, words[i])) return 0;
    return i;
}

const Op *cli_find(const CliContext *c, int n, const char *const *words, int *ret_used) {
    const Op *found = NULL;
    *ret_used = 0;
    for (const Op *const *l = c->ops; *l; l++)
        for (const Op *op = *l; op->name; op++) {
            int used = strcmp(op->name, words[0]) == 0 ? 1 : op->alias ? words_of(op->alias, words, n) : 0;
            if (used <= *ret_used) continue;
            found = op;
            *ret_used = used;
        }
    return found;
}

/* "--worktree-id", "--worktreeId" and "--worktree" name the same field. */
static const Field *find_field(const Op *op, Str name) {
    char with_id[80];
    const Field *f = shape_find(op->in, name);
    for (size_t i = 0; !f && i < op->in->n; i++) {
        char kebab[65];
        size_t n = 0;
        for (const char *p = op->in->fields[i].name; *p && n < 64; p++) kebab[n++] = *p == '_' ? '-' : *p;
        snprintf(with_id, sizeof with_id, STR_FMT "-id", STR_ARG(name));
        if (str_eq(str_n(kebab, n), name) || str_is(str_n(kebab, n), with_id)) f = &op->in->fields[i];
    }
    return f;
}

typedef struct Words {
    const char *const *words;
    int n, at;
} Words;

/* The daemon has a working folder of its own, and takes absolute paths only. */
static Str complete_path(Str path, Arena *a) {
    char here[4096];
    if (!path.n || path.p[0] == '/' || !getcwd(here, sizeof here)) return path;
    return str_is(path, ".") ? arena_str(a, str(here)) : arena_fmt(a, "%s/" STR_FMT, here, STR_ARG(path));
}

static int put_field(const Op *op, const Field *f, Str value, Arena *a, void *in, Err *e) {
    char wire[65];
    if (f->is_path) value = complete_path(value, a);
    size_t n = field_wire(f, wire);
    return shape_put_text(op->in, str_n(wire, n), value, a, in, e);
}

/* A switch takes the next word only when that says yes or no: what stands behind it may be another thing. */
static bool takes_next(const Field *f, const Words *w) {
    if (f->kind != FIELD_BOOL) return true;
    const char *next = w->at + 1 < w->n ? w->words[w->at + 1] : "";
    return strcmp(next, "true") == 0 || strcmp(next, "false") == 0;
}

static int take_flag(const Op *op, Words *w, Arena *a, void *in, Err *e) {
    Str name = str(w->words[w->at] + 2), value = {0};
    size_t at;
    if (str_find(name, STR("="), &at)) {
        value = str_from(name, at + 1);
        name = str_upto(name, at);
    }
    const Field *f = find_field(op, name);
    if (!f)
        return err_fail(e, ERR_INVALID, "%s has no option --" STR_FMT "; see `muster help %s`", op->name, STR_ARG(name),
                        op->name);
    bool is_behind = !value.p && takes_next(f, w);
    if (is_behind && w->at + 1 == w->n) return err_fail(e, ERR_INVALID, "--" STR_FMT " needs a value", STR_ARG(name));
    if (is_behind) value = str(w->words[++w->at]);
    return put_field(op, f, value.p ? value : STR("true"), a, in, e);
}

/* Words without a flag fill the required fields in order, then the body's optional text, so that
 * `muster agent start ag_… "Fix the build"` works. A list takes all further words. */
static int take_word(const Op *op, const char *word, int *next_field, Arena *a, void *in, Err *e) {
    for (; *next_field < 2 * (int)op->in->n; ++*next_field) {
        const Field *f = &op->in->fields[*next_field % (int)op->in->n];
        bool is_second_round = *next_field >= (int)op->in->n;
        if (is_second_round ? !f->opt || f->kind != FIELD_STR || f->from != FROM_BODY : f->opt) continue;
        if (f->kind != FIELD_STRS) ++*next_field;
        return put_field(op, f, str(word), a, in, e);
    }
    return err_fail(e, ERR_INVALID, "`%s` is one word too many for %s", word, op->name);
}

static int read_input(const Op *op, int n, const char *const *words, Arena *a, void *in, Err *e) {
    int next_field = 0;
    bool is_text = false; /* behind "--" no word is an option */
    for (Words w = {words, n, 0}; w.at < n; w.at++) {
        if (!op->in) return err_fail(e, ERR_INVALID, "%s takes no input", op->name);
        if (!is_text && strcmp(words[w.at], "--") == 0)
            is_text = true;
        else if (!is_text && strncmp(words[w.at], "--", 2) == 0)
            TRY(take_flag(op, &w, a, in, e));
        else
            TRY(take_word(op, words[w.at], &next_field, a, in, e));
    }
    return op->in ? shape_check(op->in, in, e) : 0;
}

/* --- sending ---------------------------------------------------------------------------------------------- */

static void add_encoded(Buf *b, Str s) {
    for (size_t i = 0; i < s.n; i++) {
        unsigned char ch = (unsigned char)s.p[i];
        bool plain =
            (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') || strchr("-._~", ch);
        if (plain && ch)
            buf_add_c(b, (char)ch);
        else
            buf_add_fmt(b, "%%%02X", ch);
    }
}

static Str text_of(const Json *v) { return v->type == JSON_STRING ? v->s : v->raw; }

/* Splits the input, as the shape encodes it, into path, query and body. */
static int make_request(const Op *op, const void *in, Arena *a, Buf *target, Buf *body, Err *e) {
    CLEANUP(buf_done) Buf whole;
    buf_init(&whole, ANSWER_MAX);
    JsonOut o = json_out(&whole), b = json_out(body);
    Json *j = NULL;
    if (op->in)
        shape_encode(op->in, in, &o);
    else
        buf_add_str(&whole, STR("{}"));
    Str text = arena_str(a, buf_str(&whole));
    TRY(json_parse(a, text, JSON_DEPTH_REQUEST, &j, e));
    Str rest = str(op->route + strcspn(op->route, " ") + 1), segment;
    rest = str_from(rest, 1);
    while (str_split(&rest, '/', &segment)) {
        buf_add_c(target, '/');
        if (segment.n > 2 && segment.p[0] == '{')
            add_encoded(target, text_of(json_get(j, arena_cstr(a, str_n(segment.p + 1, segment.n - 2)))));
        else
            buf_add_str(target, segment);
    }
    char separator = '?';
    bool has_body = false;
    for (size_t i = 0; i < j->n; i++) {
        const Field *f = shape_find(op->in, j->members[i].key);
        if (f->from == FROM_QUERY) {
            buf_add_c(target, separator);
            buf_add_str(target, j->members[i].key);
            buf_add_c(target, '=');
            add_encoded(target, text_of(&j->members[i].value));
            separator = '&';
        }
        if (f->from != FROM_BODY) continue;
        if (!has_body) json_begin_object(&b);
        has_body = true;
        json_kv_raw(&b, arena_cstr(a, j->members[i].key), j->members[i].value.raw);
    }
    if (has_body) json_end_object(&b);
    return 0;
}

/* JSON for a person: indented. Strings are copied as they are. */
static void print_pretty(Str s, FILE *to) {
    int depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < s.n; i++) {
        char ch = s.p[i];
        if (in_string || ch == '"') {
            fputc(ch, to);
            if (in_string && ch == '\\')
                fputc(s.p[++i], to);
            else if (ch == '"')
                in_string = !in_string;
            continue;
        }
        bool opens = ch == '{' || ch == '[', closes = ch == '}' || ch == ']';
        bool is_empty = opens && i + 1 < s.n && (s.p[i + 1] == '}' || s.p[i + 1] == ']');
        if (closes && !(i && (s.p[i - 1] == '{' || s.p[i - 1] == '['))) fprintf(to, "\n%*s", 2 * --depth, "");
        fputc(ch, to);
        if (opens && !is_empty) fprintf(to, "\n%*s", 2 * ++depth, "");
        if (ch == ',') fprintf(to, "\n%*s", 2 * depth, "");
        if (ch == ':') fputc(' ', to);
    }
    if (s.n) fputc('\n', to);
}

/* What a repository named its files must not reach the terminal as commands. */
static void complain_of(Arena *a, Str what, Str text) {
    Str shown = text_printable(a, text);
    if (what.n)
        fprintf(stderr, "  " STR_FMT ": " STR_FMT "\n", STR_ARG(text_printable(a, what)), STR_ARG(shown));
    else
        fprintf(stderr, "muster: " STR_FMT "\n", STR_ARG(shown));
}

static void print_failure(Str body) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Json *j = NULL;
    if (json_parse(a, body, JSON_DEPTH_REQUEST, &j, NULL) < 0) {
        complain_of(a, (Str){0}, body);
        return;
    }
    const Json *error = json_get(j, "error"), *details = json_get(error, "details");
    complain_of(a, (Str){0}, json_str(error, "message"));
    for (size_t i = 0; details && i < details->n; i++)
        for (size_t k = 0; k < details->members[i].value.n; k++)
            complain_of(a, details->members[i].key, details->members[i].value.items[k].s);
}

static int run_op(const CliContext *c, const Op *op, int n, const char *const *words, Arena *a, Err *e) {
    CLEANUP(buf_done) Buf target, body;
    CLEANUP(call_done) CliCall call = {.op = op};
    buf_init(&target, TARGET_MAX);
    buf_init(&body, ANSWER_MAX);
    buf_init(&call.answer, ANSWER_MAX);
    void *in = op->in ? arena_alloc(a, op->in->size) : NULL;
    if (in) shape_init(op->in, in);
    TRY(read_input(op, n, words, a, in, e));
    TRY(make_request(op, in, a, &target, &body, e));
    if (target.failed || body.failed) return err_fail(e, ERR_TOO_LARGE, "%s: this is too much for one call", op->name);
    call.target = target.p;
    call.body = buf_str(&body);
    TRY(cli_call(c, &call, e));
    if (call.status < 400)
        print_pretty(buf_str(&call.answer), stdout);
    else
        print_failure(buf_str(&call.answer));
    return call.status < 400 ? 0 : 1;
}

static int complain(const Err *e) {
    fprintf(stderr, "muster: %s\n", e->text);
    for (unsigned i = 0; i < e->n_details; i++) fprintf(stderr, "  %s: %s\n", e->details[i].path, e->details[i].text);
    return e->code == ERR_INVALID ? 2 : 1;
}

/* The words that could have been meant: those that begin alike. */
static int no_such_command(const CliContext *c, int n, const char *const *words) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, HELP_MAX);
    bool is_near = cli_print_help(c, 1, words, &b);
    if (is_near)
        fprintf(stderr, "muster: `%s%s%s` is no command; these begin alike:\n" STR_FMT, words[0], n > 1 ? " " : "",
                n > 1 ? words[1] : "", STR_ARG(buf_str(&b)));
    else
        fprintf(stderr, "muster: no command `%s`; `muster help` lists them\n", words[0]);
    return 2;
}

int cli_help(const CliContext *c, int n, const char *const *words) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, HELP_MAX);
    if (!cli_print_help(c, n, words, &b)) return no_such_command(c, n, words);
    fwrite(b.p, 1, b.n, stdout);
    return 0;
}

bool cli_asks_help(const char *word) { return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0; }

int cli_run(const CliContext *c, int n, const char *const *words) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    int used = 0;
    const Op *op = cli_find(c, n, words, &used);
    for (int i = 1; !op && i < n; i++)
        if (cli_asks_help(words[i])) return cli_help(c, i, words);
    if (!op) return no_such_command(c, n, words);
    for (int i = used; i < n && strcmp(words[i], "--") != 0; i++)
        if (cli_asks_help(words[i])) return cli_help(c, used, words);
    Err e = {0};
    int r = run_op(c, op, n - used, words + used, a, &e);
    return r < 0 ? complain(&e) : r;
}

void cli_print_operations(const CliContext *c, Buf *out) {
    for (const Op *const *l = c->ops; *l; l++)
        for (const Op *op = *l; op->name; op++)
            buf_add_fmt(out, "  %-18s %-24s %s\n", op->alias ? op->alias : "", op->name, op->doc);
}

int cli_open(const CliContext *c) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    int used;
    const char *name[] = {"create_start_code"};
    CLEANUP(call_done) CliCall call = {.op = cli_find(c, 1, name, &used), .target = "/api/auth/codes"};
    buf_init(&call.answer, 65536);
    Err e = {0};
    Json *j = NULL;
    if (cli_call(c, &call, &e) < 0) return complain(&e);
    if (call.status >= 400 || json_parse(a, buf_str(&call.answer), JSON_DEPTH_REQUEST, &j, &e) < 0) {
        print_failure(buf_str(&call.answer));
        return 1;
    }
    printf(STR_FMT "\n", STR_ARG(json_str(j, "url")));
    return 0;
}
