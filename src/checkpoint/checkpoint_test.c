#include "checkpoint/checkpoint.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include "base/test.h"
#include "base/ulid.h"
#include "checkpoint/checkpoint_in.h"
#include "checkpoint/checkpoint_migrations.h"
#include "core/setting.h"
#include "git/git_fixture.h"
#include "git/snapshot.h"
#include "workspace/rig.h"

const RigMore rig_more = {.ops = checkpoint_ops, .migrations = checkpoint_migrations};

#define AGENT "ag_01arz3ndektsv4rrffq69g5faa"
#define OTHER "ag_01arz3ndektsv4rrffq69g5fab"
#define AT "\"workspaceId\":\"" STR_FMT "\",\"worktreeId\":\"" STR_FMT "\""
#define AT_ARG(s) STR_ARG((s).ws), STR_ARG((s).wt)

typedef struct Scene {
    Rig *r;
    Str ws, wt;
    const char *repo;
} Scene;

static Scene scene(const char *name) {
    Scene s = {.r = rig_new(NULL)};
    checkpoint_register(&s.r->app);
    s.repo = fixture_repo(s.r->arena, name);
    s.ws = rig_open(s.r, name);
    s.wt = rig_worktree(s.r, s.ws, "main");
    return s;
}

static void end(Scene *s) {
    hooks_free(s->r->app.hooks);
    rig_free(s->r);
}

typedef struct Marking {
    App *app;
    WorkMark m;
} Marking;

static int mark_tx(Tx *tx, void *arg, Err *e) {
    Marking *x = arg;
    x->m.at = tx_now(tx);
    return hook_run_work_marked(x->app, tx, &x->m, e);
}

static void mark(Scene *s, WorkMarkKind kind, const char *agent, int64_t turn) {
    Err e = {0};
    bool goes_on = kind == MARK_TURN_START || kind == MARK_AFTER_TOOL;
    Marking x = {&s->r->app,
                 {.kind = kind, .goes_on = goes_on, .worktree_id = s->wt, .workspace_id = s->ws, .turn = turn}};
    x.m.subject_id = str(agent);
    CHECK_OK(db_tx(s->r->app.db, DB_DERIVED, mark_tx, &x, &e), e);
}

/* One look of the background job; `is_stopping` as while the daemon stops. True: what was due still is. */
static bool look(Scene *s, bool is_stopping) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    int fd = eventfd(is_stopping, EFD_CLOEXEC | EFD_NONBLOCK);
    TakeJob j = {.app = &s->r->app, .arena = a, .worktree_id = s->wt, .workspace_id = s->ws, .cancel_fd = fd};
    take_job_look(&j, s->r->conn);
    close(fd);
    return j.is_kept;
}

/* The name of this store in its refs. */
static Str store(Scene *s) {
    Err e = {0};
    Str id = {0};
    CHECK_OK(checkpoint_store(s->r->conn, s->r->arena, &id, &e), e);
    return id;
}

static void take(Scene *s, WorkMarkKind kind, int64_t turn) {
    mark(s, kind, AGENT, turn);
    look(s, false);
}

static Str list(Scene *s) { return rig_call(s->r, "list_checkpoints", "{" AT "}", AT_ARG(*s)); }
static Str cell(Scene *s, Str l, int i, const char *field) {
    return rig_text(s->r, l, arena_fmt(s->r->arena, "checkpoints.%d.%s", i, field).p);
}
#define CHECK_CELL(s, l, i, field, want) CHECK_STR(cell(&(s), l, i, field), want)

TEST(a_mark_is_due_until_its_snapshot_is_taken) {
    Scene s = scene("due");
    mark(&s, MARK_TURN_END, AGENT, 4);
    Str l = list(&s);
    CHECK_CELL(s, l, 0, "state", "due");
    look(&s, true); /* it stays due when the daemon stops */
    CHECK_CELL(s, list(&s), 0, "state", "due");
    look(&s, false);
    l = list(&s);
    CHECK_CELL(s, l, 0, "state", "taken");
    CHECK_CELL(s, l, 0, "kind", "turn_end");
    CHECK_CELL(s, l, 0, "turn", "4");
    CHECK_CELL(s, l, 0, "isExact", "true");
    CHECK_CELL(s, l, 0, "isLate", "false");
    CHECK(rig_emitted(s.r, "checkpoint_added", AGENT));
    Str ref = fixture_out(s.r->arena, s.repo, "git for-each-ref --format='%%(refname)' refs/muster/checkpoints");
    CHECK(str_starts(ref, arena_fmt(s.r->arena, "refs/muster/checkpoints/" STR_FMT "/" AGENT "/", STR_ARG(store(&s)))));
    end(&s);
}

TEST(what_piles_up_shares_one_snapshot_and_is_late_if_a_call_has_ended_since) {
    Scene s = scene("pile");
    static const struct {
        WorkMarkKind kind;
        const char *late;
    } marks[] = {{MARK_TURN_START, "true"}, {MARK_BEFORE_TOOL, "true"}, {MARK_AFTER_TOOL, "false"},
                 {MARK_TURN_END, "false"},  {MARK_TURN_START, "false"}, {MARK_BEFORE_TOOL, "false"}};
    for (size_t i = 0; i < COUNT_OF(marks); i++) mark(&s, marks[i].kind, AGENT, i > 3);
    look(&s, false);
    Str l = list(&s);
    for (size_t i = 0; i < COUNT_OF(marks); i++)
        CHECK_CELL(s, l, (int)(COUNT_OF(marks) - 1 - i), "isLate", marks[i].late);
    CHECK_STR(cell(&s, l, 5, "commitId"), arena_cstr(s.r->arena, cell(&s, l, 0, "commitId")));
    CHECK_STR(fixture_out(s.r->arena, s.repo, "git for-each-ref refs/muster/checkpoints | wc -l"), "1");
    Checkpoint c;
    bool found;
    Err e = {0};
    CheckpointTurn at = {STR(AGENT), 0, MARK_TURN_START};
    CHECK_OK(checkpoint_of_turn(s.r->conn, &at, s.r->arena, &c, &found, &e), e);
    CHECK(!found);
    at.kind = MARK_TURN_END;
    CHECK_OK(checkpoint_of_turn(s.r->conn, &at, s.r->arena, &c, &found, &e), e);
    CHECK(found);
    end(&s);
}

TEST(a_checkpoint_is_exact_only_while_nobody_works) {
    Scene s = scene("exact");
    take(&s, MARK_TURN_START, 0);
    CHECK_CELL(s, list(&s), 0, "isExact", "false");
    take(&s, MARK_BEFORE_TOOL, 0);
    CHECK_CELL(s, list(&s), 0, "isExact", "true");
    mark(&s, MARK_TURN_START, OTHER, 0);
    take(&s, MARK_TURN_END, 0);
    CHECK_CELL(s, list(&s), 0, "isExact", "false");
    mark(&s, MARK_TURN_END, OTHER, 0);
    take(&s, MARK_TURN_END, 0);
    CHECK_CELL(s, list(&s), 0, "isExact", "true");
    end(&s);
}

TEST(a_worktree_in_which_nothing_changed_shares_the_commit_and_counts_are_since_the_one_before) {
    Scene s = scene("unchanged");
    take(&s, MARK_TURN_START, 0);
    take(&s, MARK_TURN_END, 0);
    Str l = list(&s);
    CHECK_STR(cell(&s, l, 0, "commitId"), arena_cstr(s.r->arena, cell(&s, l, 1, "commitId")));
    CHECK_CELL(s, l, 0, "filesChanged", "0");
    CHECK(!cell(&s, l, 1, "filesChanged").n);
    fixture_sh(s.repo, "echo 1 >x; echo 2 >y");
    take(&s, MARK_TURN_END, 1);
    CHECK_CELL(s, list(&s), 0, "filesChanged", "2");
    end(&s);
}

static int64_t files_of(Scene *s, int64_t turn) {
    int64_t n = -1;
    Err e = {0};
    CHECK_OK(checkpoint_turn_files(s->r->conn, STR(AGENT), turn, &n, &e), e);
    return n;
}

TEST(a_turn_changed_what_its_checkpoints_show_and_nothing_of_the_turn_before_or_of_others) {
    Scene s = scene("within");
    take(&s, MARK_TURN_START, 0);
    fixture_sh(s.repo, "echo 1 >x; echo 2 >y");
    take(&s, MARK_TURN_END, 0);
    CHECK_I64(files_of(&s, 0), 2);
    take(&s, MARK_TURN_START, 1);
    fixture_sh(s.repo, "echo 3 >x");
    mark(&s, MARK_AFTER_TOOL, AGENT, 1); /* all that follows is seen at once, when the next turn has done its work */
    mark(&s, MARK_TURN_END, AGENT, 1);
    mark(&s, MARK_TURN_START, AGENT, 2);
    fixture_sh(s.repo, "echo 4 >z");
    mark(&s, MARK_AFTER_TOOL, AGENT, 2);
    mark(&s, MARK_TURN_END, AGENT, 2);
    look(&s, false);
    CHECK_CELL(s, list(&s), 0, "filesChanged", "2");
    CHECK_I64(files_of(&s, 1), 0);
    CHECK_I64(files_of(&s, 2), 0);
    take(&s, MARK_TURN_START, 3);
    mark(&s, MARK_TURN_START, OTHER, 0);
    fixture_sh(s.repo, "echo 5 >x");
    take(&s, MARK_TURN_END, 3);
    CHECK_I64(files_of(&s, 3), 0);
    take(&s, MARK_TURN_START, 4); /* the other one works still */
    fixture_sh(s.repo, "echo 6 >x");
    take(&s, MARK_TURN_END, 4);
    CHECK_I64(files_of(&s, 4), 0);
    mark(&s, MARK_TURN_END, OTHER, 0);
    take(&s, MARK_TURN_START, 5);
    fixture_sh(s.repo, "echo 7 >x");
    take(&s, MARK_TURN_END, 5);
    CHECK_I64(files_of(&s, 5), 1);
    end(&s);
}

TEST(pages_follow_a_cursor_and_agents_are_told_apart) {
    Scene s = scene("pages");
    for (int i = 0; i < 5; i++) mark(&s, MARK_TURN_START, i % 2 ? OTHER : AGENT, i);
    Str one = rig_call(s.r, "list_checkpoints", "{" AT ",\"limit\":2}", AT_ARG(s));
    CHECK_CELL(s, one, 0, "turn", "4");
    CHECK_CELL(s, one, 1, "turn", "3");
    Str next = rig_text(s.r, one, "nextCursor");
    Str two =
        rig_call(s.r, "list_checkpoints", "{" AT ",\"limit\":3,\"before\":" STR_FMT "}", AT_ARG(s), STR_ARG(next));
    CHECK_CELL(s, two, 0, "turn", "2");
    CHECK_CELL(s, two, 2, "turn", "0");
    CHECK(!rig_text(s.r, two, "nextCursor").n);
    Str mine = rig_call(s.r, "list_checkpoints", "{" AT ",\"agentId\":\"" OTHER "\"}", AT_ARG(s));
    CHECK_CELL(s, mine, 0, "turn", "3");
    CHECK_CELL(s, mine, 1, "turn", "1");
    CHECK(!cell(&s, mine, 2, "id").n);
    end(&s);
}

TEST(what_cannot_be_taken_says_why) {
    Scene s = scene("broken");
    fixture_sh(s.repo, "mv .git elsewhere; echo gitdir: /nowhere >.git");
    take(&s, MARK_TURN_END, 0);
    Str l = list(&s);
    CHECK_CELL(s, l, 0, "state", "failed");
    CHECK(cell(&s, l, 0, "error").n > 0);
    CHECK(rig_emitted(s.r, "checkpoint_added", "\"failed\""));
    Str id = cell(&s, l, 0, "id");
    fixture_sh(s.repo, "rm .git; mv elsewhere .git");
    Err e = rig_error(s.r, "restore_checkpoint", "{" AT ",\"checkpointId\":\"" STR_FMT "\"}", AT_ARG(s), STR_ARG(id));
    CHECK(e.code == ERR_CONFLICT);
    CHECK(str_starts(str(e.text), STR("checkpoint ckp_")));
    end(&s);
}

TEST(a_checkpoint_whose_commit_is_lost_says_so) {
    Scene s = scene("lost");
    fixture_sh(s.repo, "echo 1 >x");
    take(&s, MARK_TURN_END, 0);
    Str id = cell(&s, list(&s), 0, "id"), commit = cell(&s, list(&s), 0, "commitId");
#define LOOK "{" AT ",\"checkpointId\":\"" STR_FMT "\"}", AT_ARG(s), STR_ARG(id)
    CHECK_STR(rig_text(s.r, rig_call(s.r, "get_checkpoint", LOOK), "isLost"), "false");
    fixture_sh(s.repo, "id=" STR_FMT "; mv .git/objects/$(echo $id | cut -c 1-2)/$(echo $id | cut -c 3-) ../away",
               STR_ARG(commit));
    CHECK_STR(rig_text(s.r, rig_call(s.r, "get_checkpoint", LOOK), "isLost"), "true");
    CHECK(rig_error(s.r, "restore_checkpoint", LOOK).code == ERR_NOT_FOUND);
    end(&s);
}

TEST(a_restore_can_be_undone_and_leaves_what_was_not_asked_for) {
    Scene s = scene("undo");
    fixture_sh(s.repo, "echo 1 >x; echo 1 >y");
    take(&s, MARK_TURN_END, 0);
    Str id = cell(&s, list(&s), 0, "id");
    fixture_sh(s.repo, "echo 2 >x; echo 2 >y; echo 2 >z; git add x");
#define RESTORE(more) "{" AT ",\"checkpointId\":\"" STR_FMT "\"" more "}", AT_ARG(s), STR_ARG(id)
    rig_call(s.r, "restore_checkpoint", RESTORE(",\"paths\":[\"x\"]"));
    CHECK_STR(fixture_out(s.r->arena, s.repo, "cat x y z"), "1\n2\n2");
    Str out = rig_call(s.r, "restore_checkpoint", RESTORE(""));
    CHECK_STR(fixture_out(s.r->arena, s.repo, "cat x y; ls"), "1\n1\na\nx\ny");
    CHECK_STR(fixture_out(s.r->arena, s.repo, "git show :x"), "2");
    Str undo = rig_text(s.r, out, "before.id");
    rig_call(s.r, "restore_salvage", "{" AT ",\"salvageId\":\"" STR_FMT "\"}", AT_ARG(s), STR_ARG(undo));
    CHECK_STR(fixture_out(s.r->arena, s.repo, "cat x y z"), "1\n2\n2");
    CHECK(rig_error(s.r, "restore_checkpoint", RESTORE(",\"paths\":[\"none\"]")).code == ERR_NOT_FOUND);
    CHECK(rig_error(s.r, "restore_checkpoint", RESTORE(",\"paths\":[\"\"]")).code == ERR_INVALID);
    end(&s);
}

static int refuse(App *app, Tx *tx, const WorktreeGone *v, Err *e) {
    (void)app, (void)tx, (void)v;
    return err_fail(e, ERR_CONFLICT, "no");
}

TEST(a_restore_that_is_refused_changes_nothing) {
    Scene s = scene("refused");
    hook_on_worktree_rewriting(&s.r->app, refuse);
    take(&s, MARK_TURN_END, 0);
    Str id = cell(&s, list(&s), 0, "id");
    fixture_sh(s.repo, "echo 2 >a");
    CHECK(rig_error(s.r, "restore_checkpoint", RESTORE("")).code == ERR_CONFLICT);
    CHECK_STR(fixture_out(s.r->arena, s.repo, "cat a"), "2");
    CHECK(rig_try_recover(s.r) == 0);
    end(&s);
}

static Str side(Scene *s, const char *word, Err *e) {
    Str tree = {0};
    WorktreeRef ref = {.workspace_id = s->ws, .worktree_id = s->wt};
    *e = (Err){0};
    (void)checkpoint_side(s->r->conn, &ref, str(word), s->r->arena, &tree, e);
    return tree;
}

TEST(sides_name_checkpoints_and_turns) {
    Scene s = scene("sides");
    Err e;
    take(&s, MARK_TURN_START, 3);
    fixture_sh(s.repo, "echo 2 >a");
    take(&s, MARK_TURN_END, 3);
    Str l = list(&s);
    const char *tree = arena_cstr(s.r->arena, cell(&s, l, 0, "tree"));
    CHECK_STR(side(&s, arena_cstr(s.r->arena, cell(&s, l, 0, "id")), &e), tree);
    CHECK_STR(side(&s, AGENT ":3:end", &e), tree);
    CHECK_STR(side(&s, AGENT ":3:start", &e), arena_cstr(s.r->arena, cell(&s, l, 1, "tree")));
    CHECK(!side(&s, AGENT ":4:end", &e).n && e.code == ERR_NOT_FOUND);
    CHECK(!side(&s, OTHER ":3:end", &e).n && e.code == ERR_NOT_FOUND);
    CHECK(!side(&s, "ckp_01arz3ndektsv4rrffq69g5fac", &e).n && e.code == ERR_NOT_FOUND);
    CHECK(!side(&s, AGENT ":x:end", &e).n && !e.code);
    CHECK(!side(&s, "head", &e).n && !e.code);
    end(&s);
}

static int keep_ten(Tx *tx, void *arg, Err *e) {
    (void)arg;
    return setting_put(tx, setting_def(SET_RETENTION_CHECKPOINTS), STR("10"), e);
}

/* A person's salvage holds the folder meanwhile. */
TEST(what_another_snapshot_delays_stays_due) {
    Scene s = scene("busy");
    CLEANUP(arena_freep) Arena *a = arena_new();
    Err e = {0};
    SnapshotDir *d;
    SnapshotAsk ask = worktree_shot(&s.r->app, a, s.wt);
    mark(&s, MARK_TURN_END, AGENT, 1);
    CHECK_OK(snapshot_open(fixture_git(a, s.repo), &ask, &d, &e), e);
    CHECK(look(&s, false));
    CHECK_CELL(s, list(&s), 0, "state", "due");
    snapshot_close(d);
    CHECK(!look(&s, false));
    CHECK_CELL(s, list(&s), 0, "state", "taken");
    end(&s);
}

static int close_tree_tx(Tx *tx, void *arg, Err *e) {
    const Scene *s = arg;
    static const Sql close_it = {"close_it", "UPDATE worktree SET closed_at = 1000000 WHERE id = ?1", "test"};
    return tx_run(tx, &close_it, DB_ARGS(db_text(s->wt)), NULL, e);
}

TEST(the_newest_goes_only_when_its_worktree_has_been_gone_as_long) {
    Scene s = scene("gone");
    Err e = {0};
    TimeUs future = clock_now_us() + 10000000;
    take(&s, MARK_TURN_END, 1);
    CHECK_OK(checkpoints_expire(&s.r->app, s.r->conn, future, &e), e);
    CHECK_CELL(s, list(&s), 0, "turn", "1");
    CHECK_OK(db_tx(s.r->app.db, DB_PERSON, close_tree_tx, &s, &e), e);
    CHECK_OK(checkpoints_expire(&s.r->app, s.r->conn, future, &e), e);
    CHECK_STR(fixture_out(s.r->arena, s.repo, "git for-each-ref refs/muster/checkpoints"), "");
    end(&s);
}

TEST(old_ones_and_those_above_the_limit_go_with_their_refs) {
    Scene s = scene("retention");
    Err e = {0};
    for (int i = 0; i < 3; i++) {
        fixture_sh(s.repo, "echo %d >a", i);
        take(&s, MARK_TURN_END, i);
    }
    fixture_sh(s.repo, "git update-ref refs/muster/checkpoints/" STR_FMT "/" AGENT "/unknown HEAD", STR_ARG(store(&s)));
    fixture_sh(s.repo, "git update-ref refs/muster/checkpoints/st_other/" AGENT "/theirs HEAD");
    CHECK_OK(checkpoints_expire(&s.r->app, s.r->conn, clock_now_us() + 10000000, &e), e);
    Str l = list(&s);
    CHECK_CELL(s, l, 0, "turn", "2"); /* the newest stays */
    CHECK(!cell(&s, l, 1, "id").n);
    CHECK_STR(fixture_out(s.r->arena, s.repo, "git for-each-ref refs/muster/checkpoints | wc -l"),
              "2"); /* and theirs */
    CHECK_OK(db_tx(s.r->app.db, DB_PERSON, keep_ten, NULL, &e), e);
    settings_close(s.r->app.settings);
    CHECK_OK(settings_open(s.r->conn, &s.r->app.settings, &e), e);
    for (int i = 0; i < 12; i++) {
        fixture_sh(s.repo, "echo x%d >a", i);
        take(&s, MARK_TURN_END, i);
    }
    l = list(&s);
    CHECK(cell(&s, l, 9, "id").n && !cell(&s, l, 10, "id").n);
    CHECK_STR(fixture_out(s.r->arena, s.repo, "git for-each-ref refs/muster/checkpoints | wc -l"), "11");
    end(&s);
}
