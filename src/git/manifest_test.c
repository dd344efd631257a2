#include "git/manifest.h"

#include "base/mem.h"
#include "base/test.h"

static Str printed(Arena *a, const Manifest *m) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, 1 << 16);
    manifest_print(m, &b);
    return arena_str(a, buf_str(&b));
}

TEST(a_manifest_is_read_back_as_it_was_printed) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    CLEANUP(manifest_done) Manifest m = {.file = 0644, .exec = 0755, .folder = 0700};
    vec_push(&m.items, (ManifestItem){KEPT_FILE, 0600, STR("-"), STR("b and \377 c")});
    vec_push(&m.items, (ManifestItem){KEPT_FOLDER, 0755, STR("-"), STR("a/empty")});
    vec_push(&m.items, (ManifestItem){LEFT_LARGE, 0, STR("99"), STR("c\nd")});
    manifest_sort(&m);
    Str text = printed(a, &m);
    CLEANUP(manifest_done) Manifest back = {0};
    Err e = {0};
    CHECK_OK(manifest_parse(text, &back, &e), e);
    CHECK_I64(back.items.n, 3);
    CHECK_I64(back.folder, 0700);
    CHECK_STR(back.items.items[0].path, "a/empty");
    CHECK_STR(back.items.items[1].path, "b and \377 c");
    CHECK_I64(back.items.items[1].mode, 0600);
    CHECK_STR(back.items.items[2].value, "99");
    CHECK(str_eq(printed(a, &back), text));
}

#define HEAD "muster-manifest 1 644 755 755\n"

TEST(a_manifest_that_could_lead_out_of_the_worktree_is_refused) {
    static const struct {
        const char *text;
        size_t n;
    } bad[] = {
#define ROW(s) {s, sizeof(s) - 1}
        ROW(""),
        ROW("muster-manifest 2 644 755 755\n"),
        ROW("muster-manifest 1 644 755 99999\n"),
        ROW("muster-manifest 1 644 755 758\n"),
        ROW(HEAD "d 755 - ../out\0"),
        ROW(HEAD "d 755 - /out\0"),
        ROW(HEAD "d 755 - a/../../out\0"),
        ROW(HEAD "p 755 - .git/hooks/x\0"),
        ROW(HEAD "p 755 - a/.GIT/x\0"),
        ROW(HEAD "d 755 - a//b\0"),
        ROW(HEAD "d 755 - a/\0"),
        ROW(HEAD "d 755 - \0"),
        ROW(HEAD "? 755 - a\0"),
        ROW(HEAD "d 17777 - a\0"),
        ROW(HEAD "d 755 a\0"),
        ROW(HEAD "d 755 - a"),
        ROW(HEAD "d 755 - b\0d 755 - a\0"),
        ROW(HEAD "d 755 - a\0d 755 - a\0"),
#undef ROW
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        Manifest m = {0};
        Err e = {0};
        if (manifest_parse(str_n(bad[i].text, bad[i].n), &m, &e) != -ERR_INVALID)
            test_fail(__FILE__, __LINE__, "row %zu was accepted", i);
    }
}
