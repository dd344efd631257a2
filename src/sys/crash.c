/* The crash points, said once. A scenario walks this table: for each name it lets the program die there and checks
 * that nothing was lost. */
#include <assert.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/own.h"
#include "base/str.h"
#include "sys/crash_log.h"
#include "sys/fault.h"

static const char *const points[] = {
    "file.written",         /* an atomic write lies beside its file, not yet in its place */
    "file.renamed",         /* it is in its place, the folder not yet on the disk */
    "worktree.intended",    /* a new worktree is intended, git not yet asked */
    "worktree.added",       /* git made it, there is no row */
    "worktree.stored",      /* its row and the result stand, the client has no answer */
    "checkout.intended",    /* a switch of the branch is intended, git not yet asked */
    "checkout.switched",    /* git switched, the row does not know */
    "checkout.stored",      /* its row and the result stand, the client has no answer */
    "remove.intended",      /* a removal is intended, nothing done */
    "remove.moved",         /* the worktree lies in the trash, its row does not know */
    "remove.stored",        /* the rows stand, the client has no answer */
    "restore.intended",     /* a return from the trash is intended, nothing done */
    "restore.stored",       /* the rows stand, the client has no answer */
    "trash.locked",         /* the worktree is locked, its folder not yet moved */
    "trash.moved",          /* the folder lies in the trash, git's record does not know */
    "trash.linked",         /* git's record leads to the trash, HEAD still names the branch */
    "trash.detached",       /* all is done but the note beside the files */
    "restore.moved",        /* the folder stands in its old place, git's record does not know */
    "restore.linked",       /* git's record leads there, HEAD is still detached */
    "restore.attached",     /* HEAD names its branch, the worktree is still locked */
    "launch.committed",     /* its row stands, nothing was made */
    "launch.folder_made",   /* its folder stands, no spec */
    "launch.spec_written",  /* its spec stands, no hold */
    "hold.spawned",         /* the hold runs, nobody has spoken to it */
    "hold.before_go",       /* it said hello, the child was not started */
    "hold.after_go",        /* the child starts */
    "input.before_send",    /* an input is stored, not sent */
    "input.sent",           /* it is on its way to the hold */
    "input.acked",          /* the hold has it */
    "derive.before_commit", /* a batch was derived, nothing of it stored */
    "derive.after_commit",  /* events, state and offset stand, nobody was told */
    "answer.before_commit", /* an answer came, nothing stored */
    "answer.stored",        /* the answer and its input stand, the client has no answer */
    "agent.before_start",   /* a start was asked for, nothing stored */
    "agent.start_stored",   /* launch and prompt stand, the client has no answer */
    "agent.stop_stored",    /* the stop is stored, the hold does not know */
};

const char *const *crash_points(size_t *ret_n) {
    *ret_n = COUNT_OF(points);
    return points;
}

void crash_log_add(const char *name) {
    const char *path = getenv("MUSTER_CRASH_LOG");
    CLEANUP(fd_closep) int fd = path ? open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600) : -1;
    char line[128];
    int n = snprintf(line, sizeof line, "%s\n", name);
    if (fd < 0 || n < 0 || (size_t)n >= sizeof line) return;
    if (write(fd, line, (size_t)n) != n) perror(path);
}

static bool is_point(const char *name) {
    for (size_t i = 0; i < COUNT_OF(points); i++)
        if (strcmp(points[i], name) == 0) return true;
    return false;
}

/* MUSTER_CRASH=name:k; a name alone means its first time. */
static bool is_wanted(const char *name, int64_t *ret_k) {
    Str rest = str(getenv("MUSTER_CRASH")), wanted;
    if (!str_split(&rest, ':', &wanted) || !str_is(wanted, name)) return false;
    *ret_k = 1;
    return !rest.p || str_parse_i64(rest, 1, INT64_MAX, ret_k);
}

void crash_reached(const char *name) {
    static _Atomic int64_t times; /* of the wanted point */
    int64_t k;
    assert(is_point(name));
    crash_log_add(name);
    if (is_wanted(name, &k) && atomic_fetch_add(&times, 1) + 1 == k) kill(getpid(), SIGKILL);
}
