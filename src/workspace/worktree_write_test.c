/* Writing files of a worktree: only what the caller knew is replaced, and it can be had back. */
#include <fcntl.h>

#include "base/test.h"
#include "git/git_fixture.h"
#include "sys/digest.h"
#include "sys/file.h"
#include "workspace/rig.h"

typedef struct Site {
    Rig *rig;
    const char *dir;
    Str ws, wt;
} Site;

static Site open_site(const char *name, const char *script) {
    Site s = {.rig = rig_new(NULL)};
    s.dir = fixture_repo(s.rig->arena, name);
    fixture_sh(s.dir, "%s", script);
    s.ws = rig_open(s.rig, name);
    s.wt = rig_worktree(s.rig, s.ws, "main");
    return s;
}

static Str digest(const Site *s, const char *text) {
    uint8_t d[32];
    char hex[65];
    digest_sha256(str(text), d);
    digest_hex(d, sizeof d, hex);
    return arena_str(s->rig->arena, str(hex));
}

/* `known` NULL: the file is new. */
static int put(const Site *s, const char *path, const char *content, const char *known, Str *ret, Err *e) {
    Str condition =
        known ? arena_fmt(s->rig->arena, ",\"ifDigest\":\"" STR_FMT "\"", STR_ARG(digest(s, known))) : STR("");
    return rig_try(s->rig, "write_file",
                   arena_fmt(s->rig->arena,
                             "{\"workspaceId\":\"" STR_FMT "\",\"worktreeId\":\"" STR_FMT
                             "\",\"path\":\"%s\",\"content\":\"%s\"" STR_FMT "}",
                             STR_ARG(s->ws), STR_ARG(s->wt), path, content, STR_ARG(condition)),
                   ret, e);
}

static Str text_of(const Site *s, const char *path) {
    CLEANUP(buf_done) Buf b;
    Err e = {0};
    buf_init(&b, 1 << 20);
    CHECK_OK(file_read(AT_FDCWD, arena_fmt(s->rig->arena, "%s/%s", s->dir, path).p, &b, &e), e);
    return arena_str(s->rig->arena, buf_str(&b));
}

TEST(a_file_is_replaced_only_if_it_holds_what_the_caller_knew) {
    Site s = open_site("write", "chmod 755 a; mkdir d .git/x; ln -s d l; ln -s .git g");
    Str out;
    Err e = {0};
    CHECK_OK(put(&s, "a", "new", "one\ntwo\n", &out, &e), e);
    CHECK_STR(text_of(&s, "a"), "new");
    CHECK_STR(fixture_out(s.rig->arena, s.dir, "stat -c %%a a; ls -A | grep -c muster- || true"), "755\n0");
    CHECK_STR(rig_text(s.rig, out, "digest"), digest(&s, "new").p);
    Str commit = rig_text(s.rig, out, "salvage.commit");
    CHECK_STR(fixture_out(s.rig->arena, s.dir, "git show " STR_FMT ":files/a", STR_ARG(commit)), "one\ntwo");
    CHECK_ERR(put(&s, "a", "newer", "one\ntwo\n", &out, &e), e, ERR_CONFLICT);
    CHECK_STR(str(e.details[0].path), "digest");
    CHECK_STR(str(e.details[0].text), digest(&s, "new").p);
    CHECK_ERR(put(&s, "a", "newer", NULL, &out, &e), e, ERR_CONFLICT);
    CHECK_STR(text_of(&s, "a"), "new");
    CHECK_OK(put(&s, "l/made", "x", NULL, &out, &e), e);
    CHECK(!rig_text(s.rig, out, "salvage").p);
    CHECK_STR(text_of(&s, "d/made"), "x");
    CHECK_ERR(put(&s, "g/x/made", "x", NULL, &out, &e), e, ERR_FORBIDDEN);
    CHECK_ERR(put(&s, "gone", "x", "y", &out, &e), e, ERR_CONFLICT);
    CHECK_OK(put(&s, "a", "new", "new", &out, &e), e); /* nothing to do */
    CHECK(!rig_text(s.rig, out, "salvage").p);
    rig_free(s.rig);
}

TEST(what_no_snapshot_holds_by_itself_is_saved_too) {
    Site s = open_site("write-ignored", "echo '/secret' >.gitignore; printf old >secret");
    Str out;
    Err e = {0};
    CHECK_OK(put(&s, "secret", "new", "old", &out, &e), e);
    Str commit = rig_text(s.rig, out, "salvage.commit");
    CHECK_STR(fixture_out(s.rig->arena, s.dir, "git show " STR_FMT ":ignored/secret", STR_ARG(commit)), "old");
    rig_free(s.rig);
}

TEST(nothing_else_is_written) {
    static const struct {
        const char *path;
        ErrCode want;
    } rows[] = {
        {"../outside", ERR_INVALID},
        {"/tmp/outside", ERR_INVALID},
        {"out/f", ERR_FORBIDDEN},
        {"missing/f", ERR_NOT_FOUND},
        {".git/config", ERR_FORBIDDEN},
        {"d/.GIT/x", ERR_FORBIDDEN},
        {"d/", ERR_INVALID},
        {"d", ERR_INVALID},
        {"pipe", ERR_INVALID},
        {"link", ERR_INVALID},
        {"dangling", ERR_INVALID},
        {"a/b", ERR_NOT_FOUND},
    };
    Site s = open_site("write-not", "mkdir d; ln -s ../ out; mkfifo pipe; ln -s a link; ln -s ../made dangling");
    Str out;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Err e = {0};
        int r = put(&s, rows[i].path, "x", NULL, &out, &e);
        CHECK_STR(arena_fmt(s.rig->arena, "%s %d", rows[i].path, -r),
                  arena_fmt(s.rig->arena, "%s %d", rows[i].path, (int)rows[i].want).p);
    }
    CHECK(!fixture_exists(test_dir(), "made"));
    CHECK_STR(text_of(&s, "a"), "one\ntwo\n");
    rig_free(s.rig);
}
