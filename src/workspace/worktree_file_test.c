/* Reading one file of a worktree: what is text and in the worktree, and nothing else. */
#include "base/test.h"
#include "git/git_fixture.h"
#include "workspace/rig.h"

#define OF "{\"workspaceId\":\"" STR_FMT "\",\"worktreeId\":\"" STR_FMT "\",\"path\":\"%s\"}"

TEST(a_file_of_a_worktree_is_read_as_text_and_nothing_else_is) {
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
        {"bytes", ERR_INVALID, NULL},
        {"zero", ERR_INVALID, NULL},
        {"large", ERR_TOO_LARGE, NULL},
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
        "printf '\\377\\376' >bytes; printf 'a\\0b' >zero; ln -s ../read-outside out; "
        "head -c 1048577 /dev/zero | tr '\\0' x >large; head -c 1048576 /dev/zero | tr '\\0' x >full");
    Str ws = rig_open(r, "read");
    Str id = rig_worktree(r, ws, "main");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (rows[i].want != ERR_OK) {
            Err e = rig_error(r, "get_worktree_file", OF, STR_ARG(ws), STR_ARG(id), rows[i].path);
            CHECK_STR(arena_fmt(r->arena, "%s %d", rows[i].path, e.code),
                      arena_fmt(r->arena, "%s %d", rows[i].path, rows[i].want).p);
            continue;
        }
        Str file = rig_call(r, "get_worktree_file", OF, STR_ARG(ws), STR_ARG(id), rows[i].path);
        if (rows[i].content) CHECK_STR(rig_text(r, file, "content"), rows[i].content);
        CHECK_I64(rig_text(r, file, "digest").n, 64);
    }
}
