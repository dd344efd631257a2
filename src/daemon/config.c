/* See config.h. */
#include "daemon/config.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <yaml.h>

#include "base/own.h"
#include "sys/environment.h"
#include "sys/file.h"
#include "sys/self.h"

enum { YAML_MAX = 64 * 1024, TEXT_MAX = 4096 };

typedef enum OptionKind { OPTION_TEXT, OPTION_NUMBER, OPTION_FLAG } OptionKind;
typedef struct Option {
    const char *name;     /* in config.yaml, and --name on the command line */
    const char *variable; /* in the environment */
    OptionKind kind;
    size_t offset;
    int64_t min, max;
    const char *def;
    const char *doc;
    const char *example; /* TEXT without a default that must not be empty: its line in the example */
} Option;

#define TEXT(field) OPTION_TEXT, offsetof(Config, field), 0, TEXT_MAX
static const Option options[] = {
    {"home", "MUSTER_HOME", TEXT(home), "",
     "Folder for data, locks and sockets. Default: $XDG_DATA_HOME/muster, else ~/.local/share/muster",
     "~/.local/share/muster"},
    {"cache", "MUSTER_CACHE", TEXT(cache), "",
     "Folder for files that can be created again. Default: <home>/cache with --home, else $XDG_CACHE_HOME/muster or ~/.cache/muster",
     "~/.cache/muster"},
    {"address", "MUSTER_ADDRESS", TEXT(address), "127.0.0.1", "Address to listen on: 127.0.0.1 or ::1"},
    {"port", "MUSTER_LISTEN_PORT", OPTION_NUMBER, offsetof(Config, port), 0, 65535, CONFIG_PORT,
     "TCP port; 0: any free one"},
    {"log", "MUSTER_LOG", TEXT(log), "info",
     "Log levels, also per module: error, warn, info, debug; for example info,launch=debug"},
    {"log-format", "MUSTER_LOG_FORMAT", TEXT(log_format), "text", "Log format: text or json"},
    {"log-file", "MUSTER_LOG_FILE", TEXT(log_file), "", "Log file, rotated by size; default: stderr"},
    {"allowed-origins", "MUSTER_ALLOWED_ORIGINS", TEXT(allowed_origins), "",
     "Other origins whose pages may call with the token, separated by commas"},
    {"model-url", "MUSTER_MODEL_URL", TEXT(model_url), "",
     "Address of the scripted model for the demo's agents; default: the daemon runs its own"},
    {"demo", "MUSTER_DEMO", OPTION_FLAG, offsetof(Config, demo), 0, 0, "false",
     "Marks everything as a demo; set by `./dev run --demo`"},
};
#undef TEXT

static const Option *find(Str name) {
    for (size_t i = 0; i < COUNT_OF(options); i++)
        if (str_is(name, options[i].name)) return &options[i];
    return NULL;
}

/* An empty value is usually a variable of a shell that is not set. */
static bool may_be_empty(const Option *o) { return o->kind == OPTION_TEXT && !o->def[0] && !o->example; }

static int refuse_empty(const Option *o, const char *from, Err *e) {
    if (!from) return err_fail(e, ERR_INVALID, "--%s requires a value", o->name);
    return err_fail(e, ERR_INVALID, "%s: `%s` requires a value", from, o->name);
}

/* `from` names the source; NULL: the command line. */
static int set(Config *c, const Option *o, Str value, const char *from, Arena *a, Err *e) {
    void *at = (char *)c + o->offset;
    if (!value.n && !may_be_empty(o)) return refuse_empty(o, from, e);
    if (!from) from = "command line";
    if (o->kind == OPTION_NUMBER) {
        if (str_parse_i64(value, o->min, o->max, at)) return 0;
        return err_fail(e, ERR_INVALID, "%s: `%s` must be a whole number from %lld to %lld", from, o->name,
                        (long long)o->min, (long long)o->max);
    }
    if (o->kind == OPTION_FLAG) {
        bool yes = str_is(value, "true") || str_is(value, "1");
        if (!yes && !str_is(value, "false") && !str_is(value, "0"))
            return err_fail(e, ERR_INVALID, "%s: `%s` must be true or false", from, o->name);
        *(bool *)at = yes;
        return 0;
    }
    if (value.n > TEXT_MAX || memchr(value.p ? value.p : "", 0, value.n))
        return err_fail(e, ERR_INVALID, "%s: the value of `%s` is not usable", from, o->name);
    *(const char **)at = arena_cstr(a, value);
    return 0;
}

static int set_default(Config *c, const Option *o, Arena *a, Err *e) {
    if (o->def[0]) return set(c, o, str(o->def), "default", a, e);
    *(const char **)((char *)c + o->offset) = "";
    return 0;
}

/* One flat mapping of scalars; anything else is refused with its line number. */
static int read_pairs(yaml_parser_t *p, Config *c, const char *path, Arena *a, Err *e) {
    Str key = {0};
    const char *where = path;
    for (yaml_event_type_t type = YAML_NO_EVENT; type != YAML_STREAM_END_EVENT;) {
        yaml_event_t ev;
        if (!yaml_parser_parse(p, &ev))
            return err_fail(e, ERR_INVALID, "%s, line %zu: %s", path, p->problem_mark.line + 1,
                            p->problem ? p->problem : "not YAML");
        type = ev.type;
        bool is_scalar = type == YAML_SCALAR_EVENT, is_nested = type == YAML_MAPPING_START_EVENT && key.p;
        if (is_scalar || is_nested || type == YAML_SEQUENCE_START_EVENT || type == YAML_ALIAS_EVENT)
            where = arena_fmt(a, "%s, line %zu", path, ev.start_mark.line + 1).p;
        Str text = is_scalar ? arena_str(a, str_n(ev.data.scalar.value, ev.data.scalar.length)) : (Str){0};
        yaml_event_delete(&ev);
        if (type == YAML_SEQUENCE_START_EVENT || type == YAML_ALIAS_EVENT || is_nested)
            return err_fail(e, ERR_INVALID, "%s: only `name: value` is allowed here", where);
        if (!is_scalar) continue;
        if (!key.p) {
            key = text;
            continue;
        }
        const Option *o = find(key);
        if (!o)
            return err_fail(e, ERR_INVALID, "%s: unknown option `" STR_FMT "`; see `%s config example`", where,
                            STR_ARG(key), self_program(a).p);
        TRY(set(c, o, text, where, a, e));
        key = (Str){0};
    }
    return key.p ? err_fail(e, ERR_INVALID, "%s: `" STR_FMT "` has no value", where, STR_ARG(key)) : 0;
}

static const char *xdg(const char *variable, const char *below_home, const char *name, Arena *a) {
    const char *base = getenv(variable), *home = getenv("HOME");
    if (base && base[0] == '/') return arena_fmt(a, "%s/%s", base, name).p;
    return arena_fmt(a, "%s/%s/%s", home && *home ? home : "", below_home, name).p;
}

/* The first folder above the file that cannot be entered; NULL: none. Each parent is checked before its children. */
static const char *closed_folder(const char *path, Arena *a) {
    for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        const char *folder = arena_cstr(a, str_n(path, (size_t)(slash - path)));
        if (access(folder, X_OK) < 0) return folder;
    }
    return NULL;
}

static int fail_unreadable(const char *path, const Err *why, Arena *a, Err *e) {
    const char *folder = closed_folder(path, a);
    const char *which = folder ? arena_fmt(a, " (the folder %s cannot be entered)", folder).p : "";
    return err_fail(e, why->code, "%s%s; to use another one or none, set XDG_CONFIG_HOME to another folder", why->text,
                    which);
}

static int read_file(Config *c, Arena *a, Err *e) {
    const char *path = xdg("XDG_CONFIG_HOME", ".config", "muster/config.yaml", a);
    CLEANUP(buf_done) Buf text;
    buf_init(&text, YAML_MAX);
    Err missing = {0};
    if (file_read(AT_FDCWD, path, &text, &missing) < 0)
        return missing.code == ERR_NOT_FOUND ? 0 : fail_unreadable(path, &missing, a, e);
    yaml_parser_t p;
    yaml_parser_initialize(&p);
    yaml_parser_set_input_string(&p, (const unsigned char *)(text.p ? text.p : ""), text.n);
    int r = read_pairs(&p, c, path, a, e);
    yaml_parser_delete(&p);
    return r;
}

static int read_environment(Config *c, Arena *a, Err *e) {
    for (size_t i = 0; i < COUNT_OF(options); i++) {
        const char *v = getenv(options[i].variable);
        if (v && *v) TRY(set(c, &options[i], str(v), options[i].variable, a, e));
    }
    return 0;
}

static int take_flag(Config *c, Str flag, const char *next, bool *ret_used_next, Arena *a, Err *e) {
    Str name = flag;
    size_t at;
    bool has_value = str_find(flag, STR("="), &at);
    if (has_value) name = str_upto(flag, at);
    const Option *o = find(name);
    *ret_used_next = false;
    if (!o)
        return err_fail(e, ERR_INVALID, "unknown option --" STR_FMT "; see `%s help`", STR_ARG(name),
                        self_program(a).p);
    if (has_value) return set(c, o, str_from(flag, at + 1), NULL, a, e);
    if (o->kind == OPTION_FLAG) return set(c, o, STR("true"), NULL, a, e);
    if (!next) return refuse_empty(o, NULL, e);
    *ret_used_next = true;
    return set(c, o, str(next), NULL, a, e);
}

static const char *absolute(const char *path, Arena *a) {
    char cwd[PATH_MAX];
    path = arena_cstr(a, environment_expand_home(a, str(path)));
    if (path[0] == '/' || !getcwd(cwd, sizeof cwd)) return path;
    return arena_fmt(a, "%s/%s", cwd, path).p;
}

static void fill_places(Config *c, Arena *a) {
    c->is_own_home = c->home[0];
    c->home = c->is_own_home ? absolute(c->home, a) : xdg("XDG_DATA_HOME", ".local/share", "muster", a);
    c->demo_path = xdg("XDG_CACHE_HOME", ".cache", "muster-dev/bin", a);
    if (c->cache[0])
        c->cache = absolute(c->cache, a);
    else
        c->cache = c->is_own_home ? arena_fmt(a, "%s/cache", c->home).p : xdg("XDG_CACHE_HOME", ".cache", "muster", a);
}

int config_load(int argc, char **argv, Arena *a, Config *ret, Err *e) {
    *ret = (Config){.words = arena_array(a, (size_t)argc + 1, sizeof(char *))};
    for (size_t i = 0; i < COUNT_OF(options); i++) TRY(set_default(ret, &options[i], a, e));
    TRY(read_file(ret, a, e));
    TRY(read_environment(ret, a, e));
    for (int i = 1; i < argc; i++) {
        Str word = str(argv[i]);
        bool used_next = false;
        if (!str_starts(word, STR("--")))
            ret->words[ret->n_words++] = argv[i];
        else
            TRY(take_flag(ret, str_from(word, 2), i + 1 < argc ? argv[i + 1] : NULL, &used_next, a, e));
        if (used_next) i++;
    }
    fill_places(ret, a);
    return 0;
}

void config_print_example(Buf *out) {
    buf_add_fmt(out, "# Start-up options of Muster with their defaults. An option (--name value) overrides "
                     "the variable named below,\n"
                     "# which overrides the file $XDG_CONFIG_HOME/muster/config.yaml (~/.config/muster/config.yaml).\n"
                     "# A variable that is set to nothing counts as not set.\n"
                     "# That file can start as a copy of this one.\n\n");
    for (size_t i = 0; i < COUNT_OF(options); i++) {
        const Option *o = &options[i];
        const char *value = o->def[0] ? o->def : o->example ? o->example : "\"\"";
        buf_add_fmt(out, "# %s. %s\n#%s: %s\n\n", o->doc, o->variable, o->name, value);
    }
}

void config_print_help(const char *only, Buf *out) {
    for (size_t i = 0; i < COUNT_OF(options); i++) {
        const Option *o = &options[i];
        if (only && strcmp(only, o->name) != 0) continue;
        buf_add_fmt(out, "  --%-16s %s%s%s%s\n", o->name, o->doc, o->def[0] ? " (" : "", o->def, o->def[0] ? ")" : "");
    }
    if (!only)
        buf_add_str(out,
                    STR("Each option can also come from a variable of the environment, where an empty one counts as "
                        "not set, or from config.yaml; `muster config example` lists them.\n"));
}
