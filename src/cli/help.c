/* Help for one operation, or for those whose alias begins with the given words, generated from the table. */
#include "base/mem.h"
#include "base/shape.h"
#include "cli/cli.h"
#include "cli/option.h"
#include "cli/upload.h"

static void add_words(Buf *out, const EnumDef *d) {
    for (int i = 0; i < d->n; i++) buf_add_fmt(out, "%s%s", i ? "|" : "", d->words[i]);
}

static void add_value(Buf *out, const Field *f) {
    static const char *const kinds[] = {
        [FIELD_I64] = "NUMBER", [FIELD_F64] = "NUMBER", [FIELD_STR] = "TEXT",  [FIELD_STRS] = "TEXT (more than once)",
        [FIELD_ID] = "ID",      [FIELD_TIME] = "TIME",  [FIELD_OBJ] = "JSON",  [FIELD_LIST] = "JSON",
        [FIELD_ANY] = "JSON",   [FIELD_BOOL] = "",      [FIELD_ENUM] = "WORD",
    };
    if (f->kind == FIELD_ENUM)
        add_words(out, f->words);
    else
        buf_add_str(out, str(kinds[f->kind]));
}

static void add_doc(Buf *out, const Op *op, const char *doc) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    buf_add_str(out, option_sentence(op, str(doc), a));
}

static void add_option(Buf *out, const Op *op, const Field *f) {
    char name[OPTION_MAX];
    option_name(op->in, f, name);
    buf_add_fmt(out, "  --%s%s", name, f->kind == FIELD_BOOL ? "" : " ");
    add_value(out, f);
    buf_add_str(out, STR("\n      "));
    add_doc(out, op, f->doc);
    buf_add_str(out, f->opt ? STR("\n") : STR(" (required)\n"));
}

static bool has_required(const Shape *s) {
    bool found = false;
    for (size_t i = 0; s && i < s->n; i++) found = found || !s->fields[i].opt;
    return found;
}

static void add_operation(Buf *out, const Op *op) {
    buf_add_fmt(out, "muster %s\n", op->alias ? op->alias : op->name);
    if (op->alias) buf_add_fmt(out, "muster %s\n", op->name);
    buf_add_c(out, '\n');
    add_doc(out, op, op->doc);
    buf_add_c(out, '\n');
    if (has_required(op->in))
        buf_add_str(
            out,
            STR("Words without an option are the values of the required ones, in order, and then of optional texts. After -- no "
                "word is an option.\n"));
    buf_add_c(out, '\n');
    for (size_t i = 0; op->in && i < op->in->n; i++) add_option(out, op, &op->in->fields[i]);
    if (op->body_max) buf_add_str(out, STR("  FILE (required)\n      The file that is sent\n"));
    if (upload_is_taken(op))
        buf_add_str(out, STR("  --" UPLOAD_OPTION " FILE (more than once)\n      Uploads a file and attaches it\n"));
    const CliAlso *also = cli_also(op);
    if (also) buf_add_fmt(out, "  --%s\n      %s\n", also->option, also->doc);
}

static bool begins_with(const char *alias, int n, const char *const *words) {
    Str rest = str(alias), one;
    for (int i = 0; i < n; i++)
        if (!str_split(&rest, ' ', &one) || !str_is(one, words[i])) return false;
    return true;
}

bool cli_print_help(const CliContext *c, int n, const char *const *words, Buf *out) {
    int used;
    bool found = false;
    const Op *exact = cli_find(c, n, words, &used);
    if (exact && used == n) {
        add_operation(out, exact);
        return true;
    }
    for (const Op *const *l = c->ops; *l; l++)
        for (const Op *op = *l; op->name; op++) {
            if (!op->alias || !begins_with(op->alias, n, words)) continue;
            buf_add_fmt(out, "  muster %-18s %s\n", op->alias, op->doc);
            found = true;
        }
    return found;
}
