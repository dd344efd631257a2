/* The worker's half of the watch without the loop's: what a look adds, sees and emits. */
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/test.h"
#include "git/git_fixture.h"
#include "workspace/overview.h"
#include "workspace/rig.h"
#include "workspace/watch_in.h"

typedef struct Look {
    Rig *r;
    WatchJob job;
} Look;

static void look_done(Look *l) {
    vec_done(&l->job.wds);
    close(l->job.inotify_fd);
    rig_free(l->r);
}

/* A repository named `name`, created by a script, and a job that scans it. */
static void prepare(Look *l, const char *name, const char *script) {
    Rig *r = l->r = rig_new(NULL);
    fixture_repo(r->arena, name);
    fixture_sh(test_dir(), "rm -rf %s-*; cd %s; %s", name, name, script);
    Str ws = rig_open(r, name);
    l->job = (WatchJob){.app = &r->app,
                        .inotify_fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC),
                        .arena = r->arena,
                        .scan = true,
                        .workspace_id = ws,
                        .worktree_id = rig_worktree(r, ws, "main"),
                        .path = arena_fmt(r->arena, "%s/%s", r->dir, name)};
}

static int n_emitted(const Look *l) {
    int n = 0;
    for (Str rest = buf_str(&l->r->emitted), line; str_split(&rest, '\n', &line);)
        n += str_find(line, STR("\"type\":\"git_status\""), &(size_t){0});
    return n;
}

static bool has_event(const Look *l, uint32_t mask) {
    _Alignas(struct inotify_event) char buf[16 << 10];
    ssize_t n = read(l->job.inotify_fd, buf, sizeof buf);
    for (ssize_t at = 0; at < n;) {
        const struct inotify_event *ev = (const struct inotify_event *)(buf + at);
        if (ev->mask & mask) return true;
        at += (ssize_t)(sizeof *ev + ev->len);
    }
    return false;
}

static WorktreeOverview row_of(const Look *l) {
    WorktreeOverview row;
    bool found;
    Err e = {0};
    CHECK_OK(worktree_overview(l->r->conn, l->job.worktree_id, l->r->arena, &row, &found, &e), e);
    CHECK(found);
    return row;
}

/* What was seen of it before is not answered as if it were true. */
TEST(a_folder_that_is_gone_is_reported_and_one_that_is_back_too) {
    CLEANUP(look_done) Look l = {0};
    prepare(&l, "moves", "echo x >>a");
    l.job.common_dir = arena_fmt(l.r->arena, "%s/moves/.git", l.r->dir);
    watch_job_look(&l.job);
    WatchPlace there = l.job.place;
    CHECK(there.folders[1] && there.folders[3]);
    fixture_sh(test_dir(), "mv moves moves-away");
    watch_job_look(&l.job);
    CHECK(!l.job.place.folders[1] && !l.job.place.folders[3]);
    CHECK(rig_emitted(l.r, "git_status", "\"missing\":\"repository\""));
    const char *ask = "{\"workspaceId\":\"" STR_FMT "\"}";
    Str row = rig_call(l.r, "get_workspace", ask, STR_ARG(l.job.workspace_id));
    CHECK_STR(rig_text(l.r, row, "worktrees.0.isMissing"), "true");
    WorktreeOverview seen = row_of(&l);
    CHECK(HAS(WorktreeOverview, &seen, missing) && seen.missing == MISSING_REPOSITORY);
    CHECK(!HAS(WorktreeOverview, &seen, modified));
    fixture_sh(test_dir(), "mv moves-away moves; mkdir moves-aside; mv moves/.git moves-aside");
    l.job.common_dir = arena_fmt(l.r->arena, "%s/moves-aside/.git", l.r->dir);
    fixture_sh(test_dir(), "mv moves moves-away");
    watch_job_look(&l.job);
    CHECK(rig_emitted(l.r, "git_status", "\"missing\":\"folder\""));
    fixture_sh(test_dir(), "mv moves-away moves; mv moves-aside/.git moves");
    l.job.common_dir = arena_fmt(l.r->arena, "%s/moves/.git", l.r->dir);
    watch_job_look(&l.job);
    seen = row_of(&l);
    CHECK(!HAS(WorktreeOverview, &seen, missing) && HAS(WorktreeOverview, &seen, modified) && seen.modified == 1);
}

TEST(folders_of_other_worktrees_are_not_watched) {
    CLEANUP(look_done) Look l = {0};
    prepare(&l, "scan",
            "mkdir -p a1/b1 node_modules/x .git/info; echo node_modules >.gitignore; ln -s ../a1 a1/link; "
            "git init -q a1/other; mkdir a1/other/deep; git worktree add -q a1/linked");
    watch_job_look(&l.job);
    CHECK_I64(l.job.wds.n, 4); /* the top, a1, a1/b1 and the git folder */
    CHECK(!l.job.is_polled);
    fixture_sh(test_dir(), "cd scan; touch node_modules/x/y a1/other/deep/y a1/linked/y .git/info/y");
    CHECK(!has_event(&l, IN_CREATE | IN_MODIFY));
    fixture_sh(test_dir(), "cd scan; touch a1/b1/y");
    CHECK(has_event(&l, IN_CREATE));
    fixture_sh(test_dir(), "cd scan; git add a1/b1/y");
    CHECK(has_event(&l, IN_MOVED_TO)); /* the index */
}

TEST(a_worktree_with_too_many_folders_is_polled) {
    CLEANUP(look_done) Look l = {0};
    prepare(&l, "wide", "seq -f d/%.0f 8200 | xargs mkdir -p");
    watch_job_look(&l.job);
    CHECK(l.job.is_polled);
    CHECK(l.job.wds.n <= WATCHES_PER_TREE);
    CHECK(rig_emitted(l.r, "git_status", "\"source\":\"polled\""));
}

TEST(a_status_is_emitted_once_until_something_changes) {
    CLEANUP(look_done) Look l = {0};
    prepare(&l, "once", ":");
    watch_job_look(&l.job);
    CHECK_I64(n_emitted(&l), 1);
    l.job.scan = false;
    watch_job_look(&l.job);
    CHECK_I64(n_emitted(&l), 1);
    fixture_sh(test_dir(), "echo x >>once/a");
    watch_job_look(&l.job);
    CHECK_I64(n_emitted(&l), 2);
    fixture_sh(test_dir(), "echo y >>once/a"); /* the lists do not change */
    watch_job_look(&l.job);
    CHECK_I64(n_emitted(&l), 3);
    watch_job_look(&l.job);
    CHECK_I64(n_emitted(&l), 3);
}

TEST(the_store_keeps_what_was_seen_and_the_overview_gets_the_row) {
    CLEANUP(look_done) Look l = {0};
    prepare(&l, "keep", "seq 1 5 >>a; echo x >new; seq 1 3 >more; git add more");
    watch_job_look(&l.job);
    CHECK(rig_emitted(l.r, "overview_worktree", "\"changes\":[\"git_status\"]"));
    CHECK(rig_emitted(l.r, "overview_worktree",
                      "\"staged\":1,\"modified\":1,\"untracked\":1,\"conflicted\":0,\"added\":9,\"removed\":0"));
    CHECK(rig_emitted(l.r, "git_status", "\"added\":9"));
    fixture_sh(test_dir(), "mv keep keep-away");
    watch_job_look(&l.job);
    CHECK(rig_emitted(l.r, "overview_worktree", "its folder is gone: "));
    WorktreeOverview row = row_of(&l);
    CHECK(row.error.n && !HAS(WorktreeOverview, &row, added) && !HAS(WorktreeOverview, &row, modified));
}

TEST(the_distance_to_the_base_is_counted_again_when_either_moves) {
    CLEANUP(look_done) Look l = {0};
    prepare(&l, "far", "git switch -qc work; seq 1 4 >>a; git commit -qam one; seq 1 3 >new");
    l.job.common_dir = arena_fmt(l.r->arena, "%s/far/.git", l.r->dir);
    watch_job_look(&l.job);
    WorktreeOverview row = row_of(&l);
    CHECK_STR(row.base, "main");
    CHECK(row.base_ahead == 1 && row.base_behind == 0 && row.base_files == 2);
    CHECK(row.base_added == 7 && row.base_removed == 0 && row.added == 3);
    WatchPlace before = l.job.place;
    CHECK(before.base[0]);
    fixture_sh(test_dir(), "cd far; git update-ref refs/heads/main $(git commit-tree -p main -m x main^{tree})");
    watch_job_look(&l.job);
    row = row_of(&l);
    CHECK(row.base_ahead == 1 && row.base_behind == 1 && row.base_added == 7);
    CHECK(memcmp(before.base, l.job.place.base, sizeof before.base) != 0);
    fixture_sh(test_dir(), "cd far; git pack-refs --all"); /* the base's own file is gone; it has not moved */
    watch_job_look(&l.job);
    CHECK(row_of(&l).base_behind == 1 && l.job.place.base[2]);
    fixture_sh(test_dir(), "cd far; git add new; git commit -qm two");
    watch_job_look(&l.job);
    row = row_of(&l);
    CHECK(row.base_ahead == 2 && row.base_files == 2 && row.base_added == 7 && row.added == 0);
    l.job.set_base = STR("work"); /* the base itself has no distance */
    l.job.base.is_known = false;
    watch_job_look(&l.job);
    row = row_of(&l);
    CHECK(!row.base.p && !HAS(WorktreeOverview, &row, base_ahead) && HAS(WorktreeOverview, &row, added));
    fixture_sh(test_dir(), "cd far; git switch -q --detach main");
    watch_job_look(&l.job);
    row = row_of(&l);
    CHECK_STR(row.base, "work");
    CHECK(row.base_ahead == 1 && row.base_behind == 2);
}

TEST(untracked_text_beyond_what_is_counted_is_said_to_be_more) {
    CLEANUP(look_done) Look l = {0};
    prepare(&l, "much", "seq 1 5 >few; seq 1 3000000 >many");
    watch_job_look(&l.job);
    WorktreeOverview row = row_of(&l);
    CHECK(row.is_added_least && row.added >= 5 && row.added < 3000005);
    fixture_sh(test_dir(), "rm much/many");
    watch_job_look(&l.job);
    row = row_of(&l);
    CHECK(!row.is_added_least && row.added == 5);
}

TEST(the_row_follows_the_branch_that_was_seen) {
    CLEANUP(look_done) Look l = {0};
    prepare(&l, "follow", ":");
    fixture_sh(test_dir(), "git -C follow switch -qc elsewhere");
    watch_job_look(&l.job);
    Str all = rig_call(l.r, "list_worktrees", "{\"workspaceId\":\"" STR_FMT "\"}", STR_ARG(l.job.workspace_id));
    CHECK_STR(rig_text(l.r, all, "worktrees.0.branch"), "elsewhere");
    CHECK(rig_emitted(l.r, "workspace_updated", "worktree_updated"));
}

TEST(an_unreadable_status_is_reported_with_its_reason) {
    CLEANUP(look_done) Look l = {0};
    prepare(&l, "unread", ":");
    fixture_sh(test_dir(), "mv unread unread-away");
    watch_job_look(&l.job);
    CHECK(rig_emitted(l.r, "git_status", "its folder is gone: "));
    CHECK(!rig_emitted(l.r, "git_status", "contentId"));
    fixture_sh(test_dir(), "mv unread-away unread; cd unread; mkfifo .gitignore");
    watch_job_look(&l.job);
    CHECK(rig_emitted(l.r, "git_status", "unread/.gitignore is a named pipe"));
}
