/* See game.h: desktop entries. Sections and keys of the Desktop Entry Specification 1.5 are named where they are read. */
#include "base/mem.h"
#include "base/text_cut.h"
#include "base/vec.h"
#include "eye_control/game.h"

enum { NAME_BYTES_MAX = 100, ARGS_MAX = 256 };

/* Section 4: of the group "Desktop Entry", without locales. */
typedef struct Entry {
    Str type, name, exec, try_exec, path, categories;
    bool no_display, hidden, terminal;
} Entry;

/* Section 4.1: \s, \n, \t, \r, \\. */
static Str unescape(Str s, Arena *a) {
    static const char codes[] = "sntr\\", means[] = " \n\t\r\\";
    char *out = arena_cstr(a, s);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        const char *code = s.p[i] == '\\' && i + 1 < s.n ? memchr(codes, s.p[i + 1], sizeof codes - 1) : NULL;
        out[n++] = code ? means[code - codes] : s.p[i];
        i += code != NULL;
    }
    out[n] = 0;
    return str_n(out, n);
}

static void put(Entry *d, Str key, Str value, Arena *a) {
    const struct {
        const char *key;
        Str *text;
        bool *yes;
    } fields[] = {{"Type", &d->type, NULL},
                  {"Name", &d->name, NULL},
                  {"Exec", &d->exec, NULL},
                  {"TryExec", &d->try_exec, NULL},
                  {"Path", &d->path, NULL},
                  {"Categories", &d->categories, NULL},
                  {"NoDisplay", NULL, &d->no_display},
                  {"Hidden", NULL, &d->hidden},
                  {"Terminal", NULL, &d->terminal}};
    for (size_t i = 0; i < COUNT_OF(fields); i++) {
        if (!str_is(key, fields[i].key)) continue;
        if (fields[i].text) *fields[i].text = unescape(value, a);
        if (fields[i].yes) *fields[i].yes = str_is(value, "true");
    }
}

/* Section 3: lines, comments, groups. */
static Entry read_entry(Str text, Arena *a) {
    Entry d = {0};
    bool is_ours = false;
    for (Str line; str_split(&text, '\n', &line);) {
        line = str_trim(line);
        Str value = line, key;
        if (!line.n || line.p[0] == '#') continue;
        if (line.p[0] == '[') {
            is_ours = str_is(line, "[Desktop Entry]");
            continue;
        }
        if (!is_ours || !memchr(line.p, '=', line.n) || !str_split(&value, '=', &key)) continue;
        put(&d, str_trim(key), str_trim(value), a);
    }
    return d;
}

static bool has_category(Str list, const char *want) {
    for (Str one; str_split(&list, ';', &one);)
        if (str_is(one, want)) return true;
    return false;
}

/* --- section 7: Exec ------------------------------------------------------------------------------------------------ */

typedef struct Words {
    Arena *arena;
    VEC(Str) items;
    Buf word;
    bool has_word;
} Words;

static void end_word(Words *w) {
    if (w->has_word) vec_push(&w->items, arena_str(w->arena, buf_str(&w->word)));
    buf_clear(&w->word);
    w->has_word = false;
}

/* A game gets no files: %f, %u and their like stand for nothing, %c for its name, %% for itself. */
static void field_code(Words *w, char code, Str name) {
    if (code == '%') buf_add_c(&w->word, '%');
    if (code == 'c') buf_add_str(&w->word, name);
    w->has_word = w->word.n > 0;
}

static size_t quoted(Words *w, Str s, size_t i) {
    w->has_word = true;
    for (i++; i < s.n && s.p[i] != '"'; i++) {
        if (s.p[i] == '\\' && i + 1 < s.n) i++;
        buf_add_c(&w->word, s.p[i]);
    }
    return i;
}

static int split_exec(Str s, Str name, Arena *a, StrList *ret, Err *e) {
    Words w = {.arena = a};
    buf_init(&w.word, GAME_TEXT_MAX);
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == ' ' || s.p[i] == '\t') {
            end_word(&w);
        } else if (s.p[i] == '"') {
            i = quoted(&w, s, i);
        } else if (s.p[i] == '%' && i + 1 < s.n) {
            field_code(&w, s.p[++i], name);
        } else {
            w.has_word = true;
            buf_add_c(&w.word, s.p[i]);
        }
    }
    end_word(&w);
    buf_done(&w.word);
    vec_take(&w.items, a, ret);
    if (ret->n && ret->n <= ARGS_MAX && ret->items[0].n) return 0;
    return err_fail(e, ERR_INVALID, "Exec names no program");
}

int desktop_read(Str text, Arena *a, GameManifest *ret, bool *ret_is_game, Str *ret_try, Err *e) {
    *ret_is_game = false;
    if (!str_is_utf8(text)) return 0;
    Entry d = read_entry(text, a);
    bool is_game = str_is(d.type, "Application") && has_category(d.categories, "Game");
    if (!is_game || d.no_display || d.hidden || d.terminal) return 0;
    *ret_is_game = true;
    *ret_try = d.try_exec;
    shape_init(&GameManifest_shape, ret);
    GIVE(GameManifest, ret, name, text_cut(d.name.n ? d.name : STR("Game without a name"), NAME_BYTES_MAX));
    GIVE(GameManifest, ret, home, GAME_HOME_OWN);
    if (d.path.n) GIVE(GameManifest, ret, cwd, d.path);
    TRY(split_exec(d.exec, ret->name, a, &ret->command, e));
    GIVE(GameManifest, ret, command, ret->command);
    return 0;
}
