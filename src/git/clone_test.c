#include "git/clone.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/test.h"
#include "git/git_fixture.h"

TEST(takes_addresses_of_https_and_ssh) {
    static const struct {
        const char *url, *host, *name;
    } rows[] = {
        {"https://example.org/a/tidepool.git", "example.org", "tidepool"},
        {"https://example.org:8443/tidepool/", "example.org:8443", "tidepool"},
        {"https://example.org/a/tidepool.git/", "example.org", "tidepool"},
        {"ssh://git@example.org:2222/a/b.git", "example.org:2222", "b"},
        {"ssh://example.org/~/b", "example.org", "b"},
        {"ssh://git@[::1]:22/b", "[::1]:22", "b"},
        {"git@example.org:a/b.git", "example.org", "b"},
        {"example.org:b", "example.org", "b"},
        {"git@example.org:/srv/git/b.git", "example.org", "b"},
        {"https://example.org/a/.git", "example.org", NULL},
        {"https://example.org/a/..", "example.org", NULL},
        {"git@example.org:~", "example.org", NULL},
        {"https://example.org/a/-x", "example.org", NULL},
    };
    CLEANUP(arena_freep) Arena *a = arena_new();
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CloneUrl u;
        Err e = {0};
        if (clone_url_parse(a, str(rows[i].url), &u, &e) < 0)
            test_fail(__FILE__, __LINE__, "%s: %s", rows[i].url, e.text);
        CHECK_STR(u.host, rows[i].host);
        if (rows[i].name)
            CHECK_STR(u.name, rows[i].name);
        else
            CHECK(!u.name.p);
    }
}

TEST(refuses_every_other_address_without_repeating_it) {
    static const char *const rows[] = {
        "",
        "-u",
        "--upload-pack=x",
        "http://example.org/a",
        "git://example.org/a",
        "file:///tmp/a",
        "/tmp/a",
        "../a",
        "~/a",
        "a",
        "./a:b",
        "ext::sh -c x",
        "ext::x",
        "git@::x",
        "fd::17",
        "https://",
        "https:///a",
        "https://example.org",
        "https://example.org/",
        "https://-example.org/a",
        "https://exa mple.org/a",
        "https://example.org/a\nb",
        "https://example.org/a\x1b[2J",
        "https://name@example.org/a",
        "https://name:hunter2@example.org/a",
        "https://:hunter2@example.org/a",
        "https://hunter2@a@example.org/a",
        "ssh://git:hunter2@example.org/a",
        "git:hunter2@example.org:a",
        "https://example.org/a?private_token=hunter2",
        "https://example.org/a#hunter2",
        "ssh://-oProxyCommand=x/a",
        "ssh://-oProxyCommand=x@example.org/a",
        "-oProxyCommand=x:a",
        "git@-oProxyCommand=x:a",
        "git@example.org:",
        "git@example.org:-a",
        "HTTPS://example.org/a",
        "https://example.org/\xff",
        "ssh+git://example.org/a",
    };
    CLEANUP(arena_freep) Arena *a = arena_new();
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CloneUrl u;
        Err e = {0};
        if (clone_url_parse(a, str(rows[i]), &u, &e) >= 0) test_fail(__FILE__, __LINE__, "took %s", rows[i]);
        CHECK_I64(e.code, ERR_INVALID);
        CHECK_STR(str(e.details[0].path), "url");
        CHECK(!strstr(e.text, "hunter2"));
    }
}

/* As git 2.39 writes them, cut at every byte. */
static const char messages[] =
    "Cloning into '.'...\nremote: Enumerating objects: 12, done.\x1b[K\nremote: Counting objects:  50% (6/12)\x1b[K\r"
    "remote: Counting objects: 100% (12/12), done.\x1b[K\nremote: Compressing objects: 100% (3/3), done.\x1b[K\n"
    "Receiving objects:   8% (1/12)\rReceiving objects:  75% (9/12), 1.20 MiB | 3.40 MiB/s\r"
    "Receiving objects: 100% (12/12), 1.61 MiB | 3.40 MiB/s, done.\nResolving deltas:  50% (1/2)\r";

TEST(reads_the_step_and_the_count_of_messages_cut_anywhere) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    for (size_t cut = 0; cut < sizeof messages - 1; cut++) {
        CloneLines l = {0};
        clone_lines_take(&l, str_n(messages, cut));
        clone_lines_take(&l, str_from(str(messages), cut));
        CHECK_I64(l.step, CLONE_RESOLVE);
        CHECK_I64(l.done, 1);
        CHECK_I64(l.total, 2);
        CHECK_STR(clone_lines_tail(&l, a), "remote: Enumerating objects: 12, done.\n"
                                           "remote: Counting objects: 100% (12/12), done.\n"
                                           "remote: Compressing objects: 100% (3/3), done.\n"
                                           "Receiving objects: 100% (12/12), 1.61 MiB | 3.40 MiB/s, done.\n"
                                           "Resolving deltas:  50% (1/2)");
    }
    CloneLines l = {0};
    clone_lines_take(&l, STR("Receiving objects:  75% (9/12)\r"));
    CHECK_I64(l.step, CLONE_RECEIVE);
    CHECK_I64(l.done, 9);
    clone_lines_take(&l, STR("remote: Counting objects:  50% (1/2)\n"));
    CHECK_I64(l.step, CLONE_RECEIVE);
    CHECK_I64(l.done, 9);
    clone_lines_take(&l, STR("Receiving objects: 99999999999999999999% (99999999999999999999/1)\n"));
    CHECK_I64(l.total, 0);
}

TEST(keeps_a_bounded_tail_of_what_a_remote_sends) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    CloneLines l = {0};
    char line[1000];
    memset(line, 'x', sizeof line);
    line[0] = '\x1b', line[1] = '\xff';
    line[sizeof line - 1] = '\n';
    for (int i = 0; i < 100; i++) clone_lines_take(&l, str_n(line, sizeof line));
    clone_lines_take(&l, STR("remote: the last one\n"));
    Str tail = clone_lines_tail(&l, a);
    CHECK(tail.n <= CLONE_TAIL_MAX && str_is_utf8(tail) && !memchr(tail.p, '\x1b', tail.n));
    CHECK(str_ends(tail, STR("remote: the last one")));
}

/* ssh is a program of the person's choice: here it runs what it is asked for on this machine. */
static void choose_ssh(Arena *a, const char *script) {
    fixture_sh(test_dir(), "printf '#!/bin/sh\\n%s\\n' >ssh; chmod +x ssh", script);
    setenv("GIT_SSH_COMMAND", arena_fmt(a, "%s/ssh", test_dir()).p, 1);
}

static const char here[] = "for last; do :; done; eval \"$last\"";

static void keep(void *arg, const CloneLines *l, bool is_end) {
    (void)is_end;
    *(CloneLines *)arg = *l;
}

static int clone(Arena *a, const char *url, int64_t silence_ms, CloneLines *ret, Err *e) {
    fixture_sh(test_dir(), "rm -rf clone; mkdir clone");
    Git *g = fixture_git(a, arena_fmt(a, "%s/clone", test_dir()).p);
    return git_clone(g, &(GitClone){.url = str(url), .silence_ms = silence_ms, .on_progress = keep, .arg = ret}, e);
}

TEST(clones_into_an_empty_folder_and_reports_its_steps) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *r = fixture_repo(a, "cloned");
    CloneLines l = {0};
    Err e = {0};
    choose_ssh(a, here);
    CHECK_OK(clone(a, arena_fmt(a, "ssh://git@example.org%s", r).p, 60000, &l, &e), e);
    CHECK_STR(fixture_out(a, test_dir(), "git -C clone status --porcelain; git -C clone log --format=%%s"),
              fixture_out(a, r, "git log --format=%%s").p);
    CHECK_I64(l.step, CLONE_RECEIVE);
    CHECK_I64(l.done, l.total);
    unsetenv("GIT_SSH_COMMAND");
}

TEST(reports_why_a_clone_failed) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    CloneLines l = {0};
    Err e = {0};
    choose_ssh(a, "echo \"git@example.org: Permission denied (publickey).\" >&2; exit 255");
    CHECK_ERR(clone(a, "git@example.org:a", 60000, &l, &e), e, ERR_CONFLICT);
    CHECK(strstr(e.text, "ssh keys"));
    choose_ssh(a, here);
    CHECK_ERR(clone(a, "ssh://example.org/nowhere", 60000, &l, &e), e, ERR_NOT_FOUND);
    choose_ssh(a, "echo waits >&2; sleep 600");
    CHECK_ERR(clone(a, "git@example.org:a", 300, &l, &e), e, ERR_TIMEOUT);
    CHECK_STR(clone_lines_tail(&l, a), "waits");
    fixture_sh(test_dir(), "rm -rf there.git; git init -q --bare there.git");
    CHECK_ERR(clone(a, arena_fmt(a, "file://%s/there.git", test_dir()).p, 60000, &l, &e), e, ERR_INVALID);
    CHECK(strstr(e.text, "does not allow"));
    unsetenv("GIT_SSH_COMMAND");
}
