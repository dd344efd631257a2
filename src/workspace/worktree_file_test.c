/* Reading one file of a worktree: what is in it, and nothing else. */
#include "base/test.h"
#include "git/git_fixture.h"
#include "workspace/rig.h"

#define OF "{\"workspaceId\":\"" STR_FMT "\",\"worktreeId\":\"" STR_FMT "\",\"path\":\"%s\"}"

TEST(a_file_of_a_worktree_is_read_and_nothing_else_is) {
    static const struct {
        const char *path;
        ErrCode want;
        const char *content; /* of what is read */
    } rows[] = {
        {"a", ERR_OK, "one\ntwo\n"},
        {"deep/er.txt", ERR_OK, "gr\xc3\xbcn\n"},
        {"link", ERR_OK, "one\ntwo\n"},
        {"empty", ERR_OK, ""},
        {"full", ERR_OK, NULL},
        {"missing", ERR_NOT_FOUND, NULL},
        {"a/b", ERR_NOT_FOUND, NULL},
        {"deep", ERR_INVALID, NULL},
        {"pipe", ERR_INVALID, NULL},
        {"socket", ERR_INVALID, NULL},
        {"large", ERR_OK, NULL},
        {"out", ERR_FORBIDDEN, NULL},
        {"../read-outside", ERR_FORBIDDEN, NULL},
        {"/etc/passwd", ERR_FORBIDDEN, NULL},
    };
    CLEANUP(rig_freep) Rig *r = rig_new(NULL);
    fixture_repo(r->arena, "read");
    fixture_sh(
        test_dir(),
        "echo secret >read-outside; cd read; mkdir deep; printf 'gr\\303\\274n\\n' >deep/er.txt; ln -s a link; : >empty; "
        "mkfifo pipe; python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"socket\")'; "
        "ln -s ../read-outside out; "
        "head -c 1048577 /dev/zero | tr '\\0' x >large; head -c 1048576 /dev/zero | tr '\\0' x >full");
    Str ws = rig_open(r, "read");
    Str id = rig_worktree(r, ws, "main");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (rows[i].want != ERR_OK) {
            Err e = rig_error(r, "read_file", OF, STR_ARG(ws), STR_ARG(id), rows[i].path);
            CHECK_STR(arena_fmt(r->arena, "%s %d", rows[i].path, e.code),
                      arena_fmt(r->arena, "%s %d", rows[i].path, rows[i].want).p);
            continue;
        }
        Str file = rig_call(r, "read_file", OF, STR_ARG(ws), STR_ARG(id), rows[i].path);
        if (rows[i].content) CHECK_STR(rig_text(r, file, "content"), rows[i].content);
        CHECK_I64(rig_text(r, file, "digest").n, 64);
    }
}

/* What it says of a part: "offset content next". */
static Str part_of(Rig *r, Str ws, Str wt, const char *path, int64_t offset, int limit) {
    Str p = rig_call(r, "read_file",
                     "{\"workspaceId\":\"" STR_FMT "\",\"worktreeId\":\"" STR_FMT
                     "\",\"path\":\"%s\",\"offset\":%lld,\"limit\":%d}",
                     STR_ARG(ws), STR_ARG(wt), path, (long long)offset, limit);
    return arena_fmt(r->arena, STR_FMT " " STR_FMT " " STR_FMT, STR_ARG(rig_text(r, p, "offset")),
                     STR_ARG(rig_text(r, p, "content")), STR_ARG(rig_text(r, p, "next")));
}

TEST(a_file_is_read_in_parts_of_whole_characters) {
    CLEANUP(rig_freep) Rig *r = rig_new(NULL);
    fixture_repo(r->arena, "parts");
    fixture_sh(test_dir(),
               "cd parts; printf 'gr\303\274n\342\202\254uro' >t; printf 'ab\377cd' >bytes; printf 'a\\0b' >zero; "
               "printf 'ab\342' >cut; printf '\360\237\230\200\360\237\230\200' >wide");
    Str ws = rig_open(r, "parts"), id = rig_worktree(r, ws, "main");
    CHECK_STR(part_of(r, ws, id, "t", 0, 100), "0 gr\xc3\xbcn\xe2\x82\xacuro ");
    CHECK_STR(part_of(r, ws, id, "t", 0, 4), "0 gr\xc3\xbc 4");
    CHECK_STR(part_of(r, ws, id, "t", 4, 4), "4 n\xe2\x82\xac 8");
    CHECK_STR(part_of(r, ws, id, "t", 4, 6), "4 n\xe2\x82\xacur 10");
    CHECK_STR(part_of(r, ws, id, "t", 6, 4), "8 ur 10"); /* inside a character */
    CHECK_STR(part_of(r, ws, id, "t", 8, 4), "8 uro ");
    CHECK_STR(part_of(r, ws, id, "wide", 1, 4), "4  4"); /* nothing of the next character fits */
    CHECK_STR(part_of(r, ws, id, "t", 11, 4), "11  ");
    CHECK_STR(part_of(r, ws, id, "t", 99, 4), "11  ");
    static const char *const binary[] = {"bytes", "zero", "cut"};
    for (size_t i = 0; i < COUNT_OF(binary); i++) {
        Str p = rig_call(r, "read_file", OF, STR_ARG(ws), STR_ARG(id), binary[i]);
        CHECK_STR(rig_text(r, p, "isBinary"), "true");
        CHECK(!rig_text(r, p, "content").p);
        CHECK_STR(rig_text(r, p, "digest"),
                  fixture_out(r->arena, test_dir(), "sha256sum <parts/%s | cut -d' ' -f1", binary[i]).p);
    }
    Str whole = rig_call(r, "read_file", OF, STR_ARG(ws), STR_ARG(id), "t");
    CHECK_STR(rig_text(r, whole, "size"), "11");
    CHECK_STR(rig_text(r, whole, "digest"), fixture_out(r->arena, test_dir(), "sha256sum <parts/t | cut -d' ' -f1").p);
}

/* A part of what is too large for a digest is found without reading what is before it. */
TEST(a_part_of_a_very_large_file_is_read_alone) {
    CLEANUP(rig_freep) Rig *r = rig_new(NULL);
    fixture_repo(r->arena, "huge");
    fixture_sh(test_dir(), "cd huge; truncate -s 3G sparse; printf 'the end\342\202\254 and more' >>sparse");
    Str ws = rig_open(r, "huge"), id = rig_worktree(r, ws, "main");
    Str inside = part_of(r, ws, id, "sparse", 3221225472 + 8, 100);
    CHECK_STR(inside, "3221225482  and more ");
    Str p = rig_call(r, "read_file",
                     "{\"workspaceId\":\"" STR_FMT "\",\"worktreeId\":\"" STR_FMT
                     "\",\"path\":\"sparse\",\"offset\":3221225472}",
                     STR_ARG(ws), STR_ARG(id));
    CHECK_STR(rig_text(r, p, "content"), "the end\xe2\x82\xac and more");
    CHECK_STR(rig_text(r, p, "size"), "3221225491");
    CHECK(!rig_text(r, p, "digest").p);
}
