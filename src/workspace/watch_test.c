#include "workspace/watch.h"

#include <pthread.h>
#include <stdio.h>

#include "base/test.h"
#include "core/hub.h"
#include "git/git_fixture.h"
#include "sys/loop.h"
#include "workspace/rig.h"

enum { WRITE_EVERY_MS = 20, EVENT_BYTES_MAX = 32 << 10 };

/* A rig with a loop, pools and a hub, and a script of steps: each step waits for an event that contains a text, then
 * acts. */
typedef struct Step {
    const char *wait_for; /* text in a git_status envelope */
    const char *then;     /* shell script in test_dir(); NULL ends */
    const char *writes;   /* from then on this file in test_dir() is written continuously */
} Step;

typedef struct Stage {
    Rig *r;
    WorkspaceWatch *watch;
    const Step *step;
    Timer limit, writer;
    const char *written;
    bool is_done;
} Stage;

static void end(Stage *s) {
    workspace_watch_stop(s->watch);
    timer_close(&s->limit, NULL);
    timer_close(&s->writer, NULL);
    loop_stop(s->r->app.loop);
}

static void on_limit(Timer *t) { end(container_of(t, Stage, limit)); }

static void on_write(Timer *t) {
    FILE *f = fopen(container_of(t, Stage, writer)->written, "a");
    CHECK(f && fputc('x', f) == 'x');
    fclose(f);
}

static void on_status(void *arg, const HubEvent *ev) {
    Stage *s = arg;
    CHECK(ev->envelope.n <= EVENT_BYTES_MAX);
    if (s->is_done || !str_find(ev->envelope, str(s->step->wait_for), &(size_t){0})) return;
    const Step *now = s->step++;
    if (now->writes) {
        s->written = arena_fmt(s->r->arena, "%s/%s", test_dir(), now->writes).p;
        timer_start(&s->writer, 0, WRITE_EVERY_MS);
    }
    if (now->then) fixture_sh(test_dir(), "%s", now->then);
    if (now->then) return;
    s->is_done = true;
    end(s);
}

static void *run_loop(void *arg) {
    loop_run(arg);
    return NULL;
}

static void play(const char *name, const char *prepare, const Step *steps) {
    CLEANUP(rig_freep) Rig *r = rig_new_live();
    Stage s = {.r = r, .step = steps};
    Err e = {0};
    pthread_t loop;
    fixture_repo(r->arena, name);
    fixture_sh(test_dir(), "rm -rf %s-*; cd %s; %s", name, name, prepare);
    rig_open(r, name);
    hub_listen(r->app.hub, "git_status", on_status, &s);
    CHECK_OK(workspace_watch_start(&r->app, &s.watch, &e), e);
    timer_init(r->app.loop, &s.writer, on_write);
    timer_init(r->app.loop, &s.limit, on_limit);
    timer_start(&s.limit, 30000, 0);
    CHECK(pthread_create(&loop, NULL, run_loop, r->app.loop) == 0);
    pthread_join(loop, NULL);
    workspace_watch_free(s.watch);
    if (!s.is_done) test_fail(__FILE__, __LINE__, "never emitted: %s", s.step->wait_for);
}

TEST(emits_each_change_once) {
    static const Step steps[] = {
        {"\"isClean\":true", "echo x >>watch/a"},
        {"\"modified\":[\"a\"]", "mkdir -p watch/deep/er; echo n >watch/deep/er/new"},
        {"\"untracked\":[\"deep/er/new\"]", "echo m >watch/deep/er/more"},
        {"\"deep/er/more\"", "cd watch; git add a"},
        {"\"staged\":[\"a\"]", "cd watch; git add .; git commit -qm all"},
        {"\"isClean\":true", "cd watch; git switch -qc elsewhere"},
        {"\"branch\":\"elsewhere\"", NULL},
    };
    play("watch", ":", steps);
}

TEST(emits_a_second_change_of_the_same_file) {
    static const Step tracked[] = {
        {"\"isClean\":true", "echo x >>again/a"},
        {"\"modified\":[\"a\"]", "echo y >>again/a"},
        {"\"modified\":[\"a\"]", "echo z >>again/a"},
        {"\"modified\":[\"a\"]", NULL},
    };
    static const Step untracked[] = {
        {"\"isClean\":true", "echo n >renew/new"},
        {"\"untracked\":[\"new\"]", "echo y >>renew/new"},
        {"\"untracked\":[\"new\"]", "cd renew; git add new"},
        {"\"staged\":[\"new\"]", "cd renew; echo z >>new; git add new"},
        {"\"staged\":[\"new\"]", NULL},
    };
    play("again", ":", tracked);
    play("renew", ":", untracked);
}

TEST(a_polled_worktree_emits_a_second_change_too) {
    static const Step steps[] = {
        {"\"source\":\"polled\"", "echo x >>poll/a"},
        {"\"modified\":[\"a\"]", "echo y >>poll/a"},
        {"\"modified\":[\"a\"]", NULL},
    };
    play("poll", "seq -f d/%.0f 8200 | xargs mkdir -p", steps);
}

TEST(reports_a_folder_that_is_gone) {
    static const Step steps[] = {
        {"\"isClean\":true", "rm -rf gone/.git gone/a; rmdir gone"},
        {"\"error\"", NULL},
    };
    play("gone", ":", steps);
}

/* Without watches nothing else would ever look at it again. */
TEST(a_scan_that_failed_is_made_again) {
    static const Step steps[] = {
        {"\"isClean\":true", "cp unread/.git/config unread-config; echo '[' >>unread/.git/config; mkdir unread/new"},
        {"\"error\"", "cp unread-config unread/.git/config"},
        {"\"isClean\":true", "echo x >>unread/a"},
        {"\"source\":\"inotify\"", NULL},
    };
    play("unread", ":", steps);
}

TEST(does_not_look_into_ignored_folders) {
    static const Step steps[] = {
        {"\"isClean\":true",
         "cd ignoring; echo node_modules >.gitignore; mkdir -p node_modules/x; echo 1 >node_modules/x/y"},
        {"\"untracked\":[\".gitignore\"]", "cd ignoring; echo 2 >node_modules/x/y; echo 3 >seen"},
        {"\"seen\"", NULL},
    };
    play("ignoring", ":", steps);
}

TEST(a_polled_worktree_emits_during_continuous_writes) {
    static const Step steps[] = {
        {"\"source\":\"polled\"", ":", .writes = "many/busy"},
        {"\"untracked\":[\"busy\"]", NULL},
    };
    play("many", "seq -f d/%.0f 8200 | xargs mkdir -p", steps);
}

TEST(emits_the_counts_and_the_first_paths_of_many) {
    static const Step steps[] = {
        {"\"isClean\":true",
         "seq -f full/a-rather-long-name-of-a-file-that-git-does-not-know-%06.0f 3000 | xargs touch"},
        {"\"untracked\":3000", "rm full/*-000300"},
        {"\"untracked\":2999", "mv full/*-002500 full/zzz"}, /* counts and first paths do not change */
        {"\"untracked\":2999", NULL},
    };
    play("full", ":", steps);
}
