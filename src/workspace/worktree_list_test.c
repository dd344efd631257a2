/* Listing the folders of a worktree. */
#include "base/test.h"
#include "git/git_fixture.h"
#include "workspace/rig.h"

typedef struct Site {
    Rig *rig;
    Str ws, wt;
} Site;

static Str list(const Site *s, const char *more) {
    return rig_call(s->rig, "list_files", "{\"workspaceId\":\"" STR_FMT "\",\"worktreeId\":\"" STR_FMT "\"%s}",
                    STR_ARG(s->ws), STR_ARG(s->wt), more);
}

/* "path kind state" of each entry, "+n" for what changed beneath, "!" for ignored. */
static Str entries(const Site *s, Str json) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, 64 << 10);
    for (int i = 0;; i++) {
        Str at[5];
        static const char *const names[] = {"path", "kind", "state", "changed", "isIgnored"};
        for (int k = 0; k < 5; k++)
            at[k] = rig_text(s->rig, json, arena_fmt(s->rig->arena, "entries.%d.%s", i, names[k]).p);
        if (!at[0].p) break;
        buf_add_fmt(&b, "%s" STR_FMT " " STR_FMT " " STR_FMT, i ? "\n" : "", STR_ARG(at[0]), STR_ARG(at[1]),
                    STR_ARG(at[2]));
        if (!str_is(at[3], "0")) buf_add_fmt(&b, "+" STR_FMT, STR_ARG(at[3]));
        if (str_is(at[4], "true")) buf_add_c(&b, '!');
    }
    return arena_str(s->rig->arena, buf_str(&b));
}

static Site open_site(const char *name, const char *script) {
    Site s = {.rig = rig_new(NULL)};
    fixture_sh(fixture_repo(s.rig->arena, name), "%s", script);
    s.ws = rig_open(s.rig, name);
    s.wt = rig_worktree(s.rig, s.ws, "main");
    return s;
}

TEST(a_folder_is_listed_with_what_git_says_of_each_entry) {
    Site s =
        open_site("listed", "mkdir -p src out; echo '/out/' >.gitignore; echo 1 >src/x; git add .; git commit -qm x; "
                            "echo 2 >a; echo 2 >src/x; echo 1 >src/new; echo o >out/f; ln -s a link; mkfifo pipe; "
                            "mkdir big; printf 'caf\\351' | xargs -0 -I{} touch 'src/{}'");
    CHECK_STR(entries(&s, list(&s, "")),
              "big folder clean\nout folder clean!\nsrc folder clean+3\n.gitignore file clean\na file modified\n"
              "link link untracked\npipe special clean");
    CHECK_STR(entries(&s, list(&s, ",\"path\":\"src\"")),
              "\"src/caf\\351\" file untracked\nsrc/new file untracked\nsrc/x file modified");
    CHECK_STR(entries(&s, list(&s, ",\"path\":\"./out/\"")), "out/f file clean!");
    rig_free(s.rig);
}

TEST(a_folder_is_listed_in_pages_that_its_changes_do_not_disturb) {
    Site s = open_site("paged", "rm a; mkdir b2 a1; touch c d a0");
    Str one = list(&s, ",\"limit\":1"), two, rest;
    CHECK_STR(rig_text(s.rig, one, "next"), "a1/");
    CHECK_STR(rig_text(s.rig, one, "total"), "5");
    two = list(&s, ",\"limit\":2,\"after\":\"a1/\"");
    CHECK_STR(entries(&s, two), "b2 folder clean\na0 file untracked");
    fixture_sh(test_dir(), "cd paged; rm -r a0; mkdir z9");
    rest = list(&s, ",\"limit\":2,\"after\":\"a0\"");
    CHECK_STR(entries(&s, rest), "c file untracked\nd file untracked");
    CHECK(!rig_text(s.rig, rest, "next").p);
    rig_free(s.rig);
}

TEST(what_is_no_folder_of_the_worktree_is_not_listed) {
    static const struct {
        const char *path;
        ErrCode want;
    } rows[] = {
        {"a", ERR_INVALID},      {"missing", ERR_NOT_FOUND}, {"out", ERR_FORBIDDEN}, {"../no-listed", ERR_FORBIDDEN},
        {"/etc", ERR_FORBIDDEN}, {"pipe", ERR_INVALID},      {"d/..", ERR_INVALID}};
    Site s = open_site("no-listed", "ln -s .. out; mkfifo pipe; mkdir d");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Err e = rig_error(s.rig, "list_files",
                          "{\"workspaceId\":\"" STR_FMT "\",\"worktreeId\":\"" STR_FMT "\",\"path\":\"%s\"}",
                          STR_ARG(s.ws), STR_ARG(s.wt), rows[i].path);
        CHECK_STR(arena_fmt(s.rig->arena, "%s %d", rows[i].path, e.code),
                  arena_fmt(s.rig->arena, "%s %d", rows[i].path, rows[i].want).p);
    }
    rig_free(s.rig);
}

/* 100,001 entries: the list says that it is cut, and each page of the rest can be had. */
TEST(a_huge_folder_is_listed_as_far_as_it_can_be) {
    Site s = open_site("huge-list", "mkdir big; cd big; seq -f '%06.0f' 100001 | xargs touch");
    Str page = list(&s, ",\"path\":\"big\",\"limit\":3,\"after\":\"050000\"");
    CHECK_STR(rig_text(s.rig, page, "truncated"), "true");
    CHECK_STR(rig_text(s.rig, page, "total"), "100000");
    CHECK(rig_text(s.rig, page, "next").n > 0);
    rig_free(s.rig);
}
