/* muster-gen --write DIR | --bad-cases */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "gen/gen.h"

enum { OUTPUT_MAX = 16 << 20 };

typedef int (*WriteFn)(const GenAll *all, Arena *a, Buf *out, Err *e);

static int write_api(const GenAll *all, Arena *a, Buf *out, Err *e) { return (void)e, gen_api_md(all, a, out), 0; }
static int write_events(const GenAll *all, Arena *a, Buf *out, Err *e) {
    return (void)e, gen_events_md(all, a, out), 0;
}
static int write_types(const GenAll *all, Arena *a, Buf *out, Err *e) {
    return (void)e, gen_typescript(all, a, out), 0;
}

static int write_openapi(const GenAll *all, Arena *a, Buf *out, Err *e) {
    CLEANUP(buf_done) Buf dense;
    buf_init(&dense, OUTPUT_MAX);
    gen_openapi(all, a, &dense);
    return gen_pretty(buf_str(&dense), a, out, e);
}

static const struct {
    const char *path;
    WriteFn write;
} outputs[] = {
    {"docs/api.md", write_api},
    {"docs/events.md", write_events},
    {"openapi.json", write_openapi},
    {"web/src/api/generated.ts", write_types},
};

static int make_folders(char *path, Err *e) {
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        int made = mkdir(path, 0777);
        if (made < 0 && errno != EEXIST) return err_sys(e, "%s", path);
        *slash = '/';
    }
    return 0;
}

static int put_file(const char *folder, const char *name, Str text, Err *e) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    TRY(make_folders(path, e));
    FILE *f = fopen(path, "we");
    if (!f) return err_sys(e, "%s", path);
    bool whole = fwrite(text.p, 1, text.n, f) == text.n;
    return fclose(f) == 0 && whole ? 0 : err_sys(e, "%s", path);
}

static int write_all(const GenAll *all, Arena *a, const char *folder, Err *e) {
    for (size_t i = 0; i < COUNT_OF(outputs); i++) {
        CLEANUP(buf_done) Buf out;
        buf_init(&out, OUTPUT_MAX);
        TRY(outputs[i].write(all, a, &out, e));
        if (out.failed) return err_fail(e, ERR_TOO_LARGE, "%s is longer than %d bytes", outputs[i].path, OUTPUT_MAX);
        TRY(put_file(folder, outputs[i].path, buf_str(&out), e));
    }
    return 0;
}

static int print_bad_cases(const GenAll *all, Arena *a, Err *e) {
    CLEANUP(buf_done) Buf out;
    buf_init(&out, OUTPUT_MAX);
    gen_bad_cases(all, a, &out);
    if (out.failed) return err_fail(e, ERR_TOO_LARGE, "the cases are longer than %d bytes", OUTPUT_MAX);
    return fwrite(out.p, 1, out.n, stdout) == out.n ? 0 : err_sys(e, "standard output");
}

static int run(int argc, char **argv, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    GenTables tables = gen_tables(a);
    GenAll all;
    TRY(gen_collect(&tables, a, &all, e));
    if (argc == 3 && str_is(str(argv[1]), "--write")) return write_all(&all, a, argv[2], e);
    if (argc == 2 && str_is(str(argv[1]), "--bad-cases")) return print_bad_cases(&all, a, e);
    return err_fail(e, ERR_INVALID, "usage: muster-gen --write DIR | --bad-cases");
}

int main(int argc, char **argv) {
    Err e = {0};
    if (run(argc, argv, &e) == 0) return 0;
    fprintf(stderr, "muster-gen: %s\n", e.text);
    return 1;
}
