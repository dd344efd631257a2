/* See cli.h. */
#include "cli/cli.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/shape.h"
#include "base/text_cut.h"
#include "base/ulid.h"
#include "cli/option.h"
#include "cli/upload.h"
#include "net/local_client.h"
#include "sys/digest.h"
#include "sys/environment.h"

enum { ANSWER_MAX = 64 << 20, CALL_MS = 120000, TARGET_MAX = 64 << 10, HELP_MAX = 256 << 10 };

static void call_done(CliCall *c) { buf_done(&c->answer); }

int cli_no_daemon(const CliContext *c, Err *e) {
    return err_fail(e, ERR_NOT_FOUND, "no daemon is running for the data folder %s; start it with `%s serve`", c->home,
                    c->command);
}

int cli_call(const CliContext *c, CliCall *x, Err *e) {
    CLEANUP(fd_closep) int fd = open(c->home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    char method[16] = {0}, key[37];
    if (fd < 0) return cli_no_daemon(c, e);
    memcpy(method, x->op->route, strcspn(x->op->route, " "));
    random_uuid(key);
    LocalCall call = {.method = method,
                      .target = str(x->target),
                      .body = x->body,
                      .file_bytes = x->file_bytes,
                      .file_fd = x->file_fd};
    call.timeout_ms = x->timeout_ms ? x->timeout_ms : CALL_MS;
    if (x->op->flags & OP_WRITES) call.idempotency_key = str(key);
    int r = local_client_call(fd, "sock", &call, &x->status, &x->answer, e);
    return r == -(int)ERR_NOT_FOUND ? cli_no_daemon(c, e) : r;
}

int cli_ask(const CliContext *c, const CliQuestion *q, Arena *a, Json **ret, Err *e) {
    int used;
    CLEANUP(call_done)
    CliCall call = {.op = cli_find(c, 1, &q->op, &used), .body = q->body, .timeout_ms = q->timeout_ms};
    call.target = q->target ? q->target : strchr(call.op->route, ' ') + 1;
    buf_init(&call.answer, ANSWER_MAX);
    TRY(cli_call(c, &call, e));
    TRY(json_parse(a, arena_str(a, buf_str(&call.answer)), JSON_DEPTH_REQUEST, ret, e));
    if (call.status < 400) return 0;
    Str why = json_str(json_get(*ret, "error"), "message");
    return err_fail(e, call.status == 503 ? ERR_BUSY : ERR_PROCESS, STR_FMT, STR_ARG(text_printable(a, why)));
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

/* The user's name for the operation. */
static const char *called(const Op *op) { return op->alias ? op->alias : op->name; }

const CliAlso *cli_also(const Op *op) {
    static const CliAlso all[] = {{"create_agent", "start", "start_agent", "Starts it at once"}};
    for (size_t i = 0; i < COUNT_OF(all); i++)
        if (strcmp(op->name, all[i].op) == 0) return &all[i];
    return NULL;
}

typedef struct Words {
    const char *const *words;
    int n, at;
} Words;

/* The daemon has its own working folder, so it accepts absolute paths only. A shell does not expand a quoted "~". */
static Str complete_path(Str path, Arena *a) {
    char here[4096];
    path = environment_expand_home(a, path);
    if (!path.n || path.p[0] == '/' || !getcwd(here, sizeof here)) return path;
    return str_is(path, ".") ? arena_str(a, str(here)) : arena_fmt(a, "%s/" STR_FMT, here, STR_ARG(path));
}

/* The input that the words after the operation's name yield. */
typedef struct CliInput {
    const CliContext *cli;
    const Op *op;
    const CliAlso *also; /* NULL: there is none */
    bool wants_also;
    CliFiles files;   /* to be uploaded before it */
    const char *file; /* its body; NULL: none */
    int next_field;   /* the next field for a word without an option; counts through the fields twice */
    void *in;         /* of the operation's shape; NULL without one */
    Arena *arena;
} CliInput;

static void input_init(CliInput *x, const CliContext *c, const Op *op, Arena *a) {
    *x = (CliInput){.cli = c, .op = op, .also = cli_also(op), .arena = a};
    if (!op->in) return;
    x->in = arena_alloc(a, op->in->size);
    shape_init(op->in, x->in);
}

static int put_field(CliInput *x, const Field *f, Str value, Err *e) {
    char wire[65], option[OPTION_MAX];
    option_name(x->op->in, f, option);
    if (f->is_path && !value.n) return err_fail(e, ERR_INVALID, "--%s requires a value", option);
    if (f->is_path) value = complete_path(value, x->arena);
    size_t n = field_wire(f, wire);
    return shape_put_text(x->op->in, str_n(wire, n), value, x->arena, x->in, e);
}

/* A switch takes the next word only if it is true or false: the word may belong to something else. */
static bool takes_next(const Field *f, const Words *w) {
    if (f->kind != FIELD_BOOL) return true;
    const char *next = w->at + 1 < w->n ? w->words[w->at + 1] : "";
    return strcmp(next, "true") == 0 || strcmp(next, "false") == 0;
}

/* "--attach FILE" or "--attach=FILE": the file is uploaded before the call, which gets the id. */
static int take_file(CliInput *x, Words *w, Err *e) {
    Str value = str_from(str(w->words[w->at]), 2 + sizeof UPLOAD_OPTION - 1);
    const char *file = value.n ? arena_cstr(x->arena, str_from(value, 1)) : w->at + 1 < w->n ? w->words[++w->at] : "";
    if (!*file) return err_fail(e, ERR_INVALID, "--" UPLOAD_OPTION " requires a file");
    if (x->files.n == COUNT_OF(x->files.paths))
        return err_fail(e, ERR_INVALID, "at most %d files can be attached", (int)COUNT_OF(x->files.paths));
    x->files.paths[x->files.n++] = file;
    return 0;
}

/* Takes a switch of the command line itself or an option of the operation. */
static int take_flag(CliInput *x, Words *w, Err *e) {
    Str name = str(w->words[w->at] + 2), value = {0};
    size_t at;
    if (x->also && str_is(name, x->also->option)) {
        x->wants_also = true;
        return 0;
    }
    bool attaches = str_is(name, UPLOAD_OPTION) || str_starts(name, STR(UPLOAD_OPTION "="));
    if (attaches && upload_is_taken(x->op)) return take_file(x, w, e);
    if (str_find(name, STR("="), &at)) {
        value = str_from(name, at + 1);
        name = str_upto(name, at);
    }
    const Field *f = x->op->in ? option_find(x->op->in, name) : NULL;
    if (!f)
        return err_fail(e, ERR_INVALID, "%s has no option --" STR_FMT "; see `%s help %s`", called(x->op),
                        STR_ARG(name), x->cli->program, called(x->op));
    bool is_behind = !value.p && takes_next(f, w);
    if (is_behind && w->at + 1 == w->n)
        return err_fail(e, ERR_INVALID, "--" STR_FMT " requires a value", STR_ARG(name));
    if (is_behind) value = str(w->words[++w->at]);
    return put_field(x, f, value.p ? value : STR("true"), e);
}

/* The field whose ids the word is one of, if the next field takes ids of another kind; else NULL. */
static const Field *find_other_id(const Shape *s, const Field *next, Str word) {
    if (next->kind != FIELD_ID || id_is(word, next->prefix)) return NULL;
    for (size_t i = 0; i < s->n; i++)
        if (s->fields[i].kind == FIELD_ID && id_is(word, s->fields[i].prefix)) return &s->fields[i];
    return NULL;
}

static int fail_other_id(const CliInput *x, const Field *missing, const Field *other, Str word, Err *e) {
    char is[OPTION_MAX], wants[OPTION_MAX];
    option_name(x->op->in, other, is);
    option_name(x->op->in, missing, wants);
    return err_fail(e, ERR_INVALID, STR_FMT " is an id for --%s; --%s, which comes before it, is missing",
                    STR_ARG(word), is, wants);
}

/* Words without a flag fill the required fields in order, then the body's optional text, so that
 * `muster agent start ag_… "Fix the build"` works. A list takes all further words. */
static int take_word(CliInput *x, const char *word, Err *e) {
    int n = x->op->in ? (int)x->op->in->n : 0;
    if (x->op->body_max && !x->file) {
        x->file = word;
        return 0;
    }
    for (; x->next_field < 2 * n; ++x->next_field) {
        const Field *f = &x->op->in->fields[x->next_field % n];
        bool is_second_round = x->next_field >= n;
        if (is_second_round ? !f->opt || f->kind != FIELD_STR || f->from != FROM_BODY : f->opt) continue;
        const Field *other = find_other_id(x->op->in, f, str(word));
        if (other) return fail_other_id(x, f, other, str(word), e);
        if (f->kind != FIELD_STRS) ++x->next_field;
        return put_field(x, f, str(word), e);
    }
    return err_fail(e, ERR_INVALID, "%s does not take `%s`; see `%s help %s`", called(x->op), word, x->cli->program,
                    called(x->op));
}

static int read_input(CliInput *x, int n, const char *const *words, Err *e) {
    bool is_text = false; /* after "--" no word is an option */
    for (Words w = {words, n, 0}; w.at < n; w.at++) {
        if (!is_text && strcmp(words[w.at], "--") == 0)
            is_text = true;
        else if (!is_text && strncmp(words[w.at], "--", 2) == 0)
            TRY(take_flag(x, &w, e));
        else
            TRY(take_word(x, words[w.at], e));
    }
    return x->op->in ? shape_check(x->op->in, x->in, e) : 0;
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

/* Ids of uploaded files are items of the operation's list. */
static int put_files(CliInput *x, Err *e) {
    for (size_t i = 0; i < x->files.n; i++) {
        Str id;
        TRY(upload_file(x->cli, x->files.paths[i], x->arena, &id, e));
        TRY(put_field(x, shape_find(x->op->in, STR(UPLOAD_FIELD)), id, e));
    }
    return 0;
}

static int open_body(CliInput *x, int *ret_fd, CliCall *call, Err *e) {
    const Field *name = shape_find(x->op->in, STR("name"));
    if (!x->file) return err_fail(e, ERR_INVALID, "%s requires a file", called(x->op));
    TRY(upload_open(x->op, x->file, ret_fd, &call->file_bytes, e));
    call->file_fd = *ret_fd;
    bool has_name = *(const uint64_t *)x->in >> (name - x->op->in->fields) & 1;
    return has_name ? 0 : put_field(x, name, upload_name(x->file, x->arena), e);
}

/* Sends it. Returns 0 when it succeeded, 1 when it was refused and the error has been printed. */
static int send_op(CliInput *x, Buf *answer, Err *e) {
    CLEANUP(buf_done) Buf target, body;
    CLEANUP(fd_closep) int fd = -1;
    CLEANUP(call_done) CliCall call = {.op = x->op};
    buf_init(&target, TARGET_MAX);
    buf_init(&body, ANSWER_MAX);
    buf_init(&call.answer, ANSWER_MAX);
    if (x->op->body_max) TRY(open_body(x, &fd, &call, e));
    TRY(make_request(x->op, x->in, x->arena, &target, &body, e));
    if (target.failed || body.failed)
        return err_fail(e, ERR_TOO_LARGE, "%s: the input is too large for one call", called(x->op));
    call.target = target.p;
    call.body = buf_str(&body);
    TRY(cli_call(x->cli, &call, e));
    if (call.status < 400)
        buf_add_str(answer, buf_str(&call.answer));
    else
        option_complain_answer(x->op, buf_str(&call.answer));
    return call.status < 400 ? 0 : 1;
}

/* Prints what the first operation created, even if the second one fails. */
static int run_also(const CliInput *first, Buf *answer, Err *e) {
    int used;
    Json *made = NULL;
    CliInput x;
    input_init(&x, first->cli, cli_find(first->cli, 1, &first->also->then, &used), first->arena);
    TRY(json_parse(first->arena, arena_str(first->arena, buf_str(answer)), JSON_DEPTH_REQUEST, &made, e));
    Str id = json_str(made, "id");
    TRY(put_field(&x, &x.op->in->fields[0], id, e));
    CLEANUP(buf_done) Buf second;
    buf_init(&second, ANSWER_MAX);
    int r = send_op(&x, &second, e);
    if (r != 0) {
        fprintf(stderr, "muster: " STR_FMT " was created; to try again, run `%s %s " STR_FMT "`\n", STR_ARG(id),
                first->cli->command, called(x.op), STR_ARG(id));
        return r;
    }
    buf_clear(answer);
    buf_add_str(answer, buf_str(&second));
    return 0;
}

static int run_op(CliInput *x, int n, const char *const *words, Err *e) {
    CLEANUP(buf_done) Buf answer;
    buf_init(&answer, ANSWER_MAX);
    TRY(read_input(x, n, words, e));
    TRY(put_files(x, e));
    int r = send_op(x, &answer, e);
    if (r == 0 && x->wants_also) r = run_also(x, &answer, e);
    if (x->op->media || ((x->op->flags & OP_SENDS_FILE) && r == 0))
        fwrite(answer.p, 1, answer.n, stdout);
    else
        print_pretty(buf_str(&answer), stdout);
    return r;
}

/* Suggests the commands that begin with the same word. */
static int no_such_command(const CliContext *c, int n, const char *const *words) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, HELP_MAX);
    if (cli_print_help(c, 1, words, &b))
        fprintf(stderr, "muster: unknown command `%s%s%s`; similar commands:\n" STR_FMT, words[0], n > 1 ? " " : "",
                n > 1 ? words[1] : "", STR_ARG(buf_str(&b)));
    else
        fprintf(stderr, "muster: unknown command `%s`; `%s help` lists all commands\n", words[0], c->program);
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
    CliInput x;
    input_init(&x, c, op, a);
    int r = run_op(&x, n - used, words + used, &e);
    return r < 0 ? option_complain(op, &e) : r;
}

void cli_print_operations(const CliContext *c, Buf *out) {
    for (const Op *const *l = c->ops; *l; l++)
        for (const Op *op = *l; op->name; op++)
            buf_add_fmt(out, "  %-18s %-33s %s\n", op->alias ? op->alias : "", op->name, op->doc);
}
