/* See option.h. */
#include "cli/option.h"

#include <stdio.h>

#include "base/mem.h"
#include "base/shape.h"
#include "base/text_cut.h"

enum { MESSAGE_MAX = 64 << 10 };

/* ---- names ---- */

static Str kebab(const Field *f, char out[OPTION_MAX]) {
    size_t n = 0;
    for (const char *p = f->name; *p && n < OPTION_MAX - 1; p++) out[n++] = *p == '_' ? '-' : *p;
    out[n] = 0;
    return str_n(out, n);
}

static const Field *find_named(const Shape *s, Str name) {
    char buf[OPTION_MAX];
    for (size_t i = 0; i < s->n; i++)
        if (str_eq(kebab(&s->fields[i], buf), name)) return &s->fields[i];
    return shape_find(s, name);
}

void option_name(const Shape *s, const Field *f, char out[OPTION_MAX]) {
    Str whole = kebab(f, out);
    if (!str_ends(whole, STR("-id"))) return;
    Str brief = str_upto(whole, whole.n - 3);
    if (!find_named(s, brief)) out[brief.n] = 0;
}

const Field *option_find(const Shape *s, Str name) {
    char with_id[2 * OPTION_MAX];
    const Field *f = find_named(s, name);
    if (f || name.n >= OPTION_MAX) return f;
    snprintf(with_id, sizeof with_id, STR_FMT "-id", STR_ARG(name));
    return find_named(s, str(with_id));
}

/* ---- faults ---- */

/* "limits.memoryMib" as "--limits (memoryMib)"; false: the path begins with no field of the operation. */
static bool add_option(const Op *op, Str path, Buf *out) {
    char name[OPTION_MAX];
    size_t n = 0;
    while (n < path.n && path.p[n] != '.' && path.p[n] != '[') n++;
    const Field *f = op && op->in ? shape_find(op->in, str_upto(path, n)) : NULL;
    if (!f) return false;
    option_name(op->in, f, name);
    buf_add_fmt(out, "--%s", name);
    Str inside = str_from(path, n + (n < path.n && path.p[n] == '.'));
    if (inside.n) buf_add_fmt(out, " (" STR_FMT ")", STR_ARG(inside));
    return true;
}

static size_t word_bytes(Str s) {
    size_t n = 0;
    while (n < s.n && ((s.p[n] >= 'a' && s.p[n] <= 'z') || (s.p[n] >= 'A' && s.p[n] <= 'Z'))) n++;
    return n;
}

/* Two words of a field's wire name ("olderThanDays") are no word of a sentence. */
static bool is_joined(Str word) {
    for (size_t i = 1; i < word.n; i++)
        if (word.p[i] >= 'A' && word.p[i] <= 'Z') return true;
    return false;
}

/* What is required is one of them, also if its name is one word. */
Str option_sentence(const Op *op, Str text, Arena *a) {
    CLEANUP(buf_done) Buf out;
    buf_init(&out, MESSAGE_MAX);
    bool is_required = str_ends(text, STR(" is required"));
    while (text.n) {
        size_t n = word_bytes(text);
        Str word = str_upto(text, n ? n : 1);
        bool may_be = word_bytes(word) && (is_required || is_joined(word));
        if (!may_be || !add_option(op, word, &out)) buf_add_str(&out, word);
        text = str_from(text, word.n);
    }
    return arena_str(a, buf_str(&out));
}

typedef struct Fault {
    Str path, text;
} Fault;

typedef struct Faults {
    Str message;
    Fault *items;
    size_t n;
} Faults;

/* File names chosen by a repository must not reach the terminal as control sequences. */
static void print_text(Arena *a, const char *before, Str text) {
    fprintf(stderr, "%s" STR_FMT "\n", before, STR_ARG(text_printable(a, text)));
}

/* True when the message only repeats the first fault with the field's wire name, so the faults alone suffice. */
static bool is_list_of_faults(const Op *op, const Faults *f) {
    CLEANUP(buf_done) Buf option;
    buf_init(&option, MESSAGE_MAX);
    return f->n && f->items[0].path.n && str_starts(f->message, f->items[0].path) &&
           add_option(op, f->items[0].path, &option);
}

/* Appends to an operation's own sentence the option that it is about and what the sentence does not say. */
static void add_to_message(const Op *op, const Faults *f, const Fault *fault, Buf *line) {
    CLEANUP(buf_done) Buf option;
    buf_init(&option, MESSAGE_MAX);
    if (!add_option(op, fault->path, &option) || str_find(f->message, buf_str(&option), &(size_t){0})) return;
    const Field *field = op && op->in ? shape_find(op->in, fault->path) : NULL;
    if (field && field->is_path) buf_clear(&option); /* its value is in the sentence */
    bool is_named = str_is(fault->text, "is required") || str_find(f->message, fault->text, &(size_t){0});
    if (!option.n && is_named) return;
    buf_add_fmt(line, " (" STR_FMT "%s" STR_FMT ")", STR_ARG(buf_str(&option)), is_named || !option.n ? "" : " ",
                STR_ARG(is_named ? (Str){0} : fault->text));
}

static void print_message(const Op *op, const Faults *f, Arena *a) {
    CLEANUP(buf_done) Buf line, none;
    buf_init(&line, MESSAGE_MAX);
    buf_init(&none, MESSAGE_MAX);
    buf_add_str(&line, f->message);
    for (size_t i = 0; i < f->n; i++) add_to_message(op, f, &f->items[i], &line);
    print_text(a, "muster: ", buf_str(&line));
    for (size_t i = 0; i < f->n; i++)
        if (!add_option(op, f->items[i].path, &none))
            print_text(a, "  ",
                       arena_fmt(a, STR_FMT ": " STR_FMT, STR_ARG(f->items[i].path), STR_ARG(f->items[i].text)));
}

static void print_faults(const Op *op, const Faults *f, Arena *a) {
    if (!is_list_of_faults(op, f)) {
        Faults named = *f;
        named.message = option_sentence(op, f->message, a);
        print_message(op, &named, a);
        return;
    }
    for (size_t i = 0; i < f->n; i++) {
        CLEANUP(buf_done) Buf line;
        buf_init(&line, MESSAGE_MAX);
        if (!add_option(op, f->items[i].path, &line)) buf_add_str(&line, f->items[i].path);
        buf_add_fmt(&line, " " STR_FMT, STR_ARG(option_sentence(op, f->items[i].text, a)));
        print_text(a, "muster: ", buf_str(&line));
    }
}

int option_complain(const Op *op, const Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Faults f = {.message = str(e->text), .items = arena_array(a, ERR_DETAILS_MAX, sizeof(Fault)), .n = e->n_details};
    for (unsigned i = 0; i < e->n_details; i++) f.items[i] = (Fault){str(e->details[i].path), str(e->details[i].text)};
    print_faults(op, &f, a);
    return e->code == ERR_INVALID ? 2 : 1;
}

void option_complain_answer(const Op *op, Str body) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Json *j = NULL;
    if (json_parse(a, body, JSON_DEPTH_REQUEST, &j, NULL) < 0) {
        print_text(a, "muster: ", body);
        return;
    }
    const Json *error = json_get(j, "error"), *details = json_get(error, "details");
    Faults f = {.message = json_str(error, "message")};
    size_t n = 0;
    for (size_t i = 0; details && i < details->n; i++) n += details->members[i].value.n;
    f.items = arena_array(a, n + 1, sizeof(Fault));
    for (size_t i = 0; details && i < details->n; i++)
        for (size_t k = 0; k < details->members[i].value.n; k++)
            f.items[f.n++] = (Fault){details->members[i].key, details->members[i].value.items[k].s};
    print_faults(op, &f, a);
}
