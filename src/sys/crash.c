/* The only list of crash points. A scenario walks it: for each name it makes the program die there and checks that
 * nothing was lost. */
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
    "file.written",         /* the temporary file of an atomic write is complete, not yet renamed */
    "file.renamed",         /* it is renamed, the folder not yet synced */
    "worktree.intended",    /* the intent of a new worktree is stored, git not yet run */
    "worktree.added",       /* git created it, its row is missing */
    "copied.written",       /* a copy of an ignored file is complete, it has no name yet */
    "worktree.stored",      /* its row and the result are stored, the client has no answer */
    "clone.intended",       /* the intent of a clone is stored, nothing done */
    "clone.made",           /* its temporary folder exists, git not yet run */
    "clone.cloned",         /* git has cloned into it, it has no name yet */
    "clone.placed",         /* it has its name, it is not open yet */
    "clone.stored",         /* the rows and the result are stored, the client has no answer */
    "checkout.intended",    /* the intent of a checkout is stored, git not yet run */
    "checkout.switched",    /* git switched, the row is not updated */
    "checkout.stored",      /* its row and the result are stored, the client has no answer */
    "remove.intended",      /* the intent of a removal is stored, nothing done */
    "remove.moved",         /* the worktree is in the trash, its row is not updated */
    "remove.stored",        /* the rows are stored, the client has no answer */
    "restore.intended",     /* the intent of a restore from the trash is stored, nothing done */
    "restore.stored",       /* the rows are stored, the client has no answer */
    "trash.locked",         /* the worktree is locked, its folder not yet moved */
    "trash.moved",          /* the folder is in the trash, git's record is not updated */
    "trash.linked",         /* git's record points to the trash, HEAD still names the branch */
    "trash.detached",       /* everything is done except the note beside the files */
    "restore.moved",        /* the folder is back at its old path, git's record is not updated */
    "restore.linked",       /* git's record points there, HEAD is still detached */
    "restore.attached",     /* HEAD names its branch, the worktree is still locked */
    "commit.intended",      /* the intent of a commit is stored, git not yet run */
    "commit.made",          /* git made it, its answer is not stored */
    "commit.stored",        /* the answer is stored, the client does not have it */
    "undo.intended",        /* the intent of undoing a commit is stored, the branch not moved */
    "undo.made",            /* the branch is moved, the answer is not stored */
    "undo.stored",          /* the answer is stored, the client does not have it */
    "empty.intended",       /* the intent of emptying the trash is stored, nothing done */
    "empty.renamed",        /* an entry's folder has another name, so that no undo finds it */
    "empty.forgotten",      /* git's record of it is deleted, its files are not */
    "empty.stored",         /* the rows and the result are stored, the client has no answer */
    "snapshot.stored",      /* a snapshot's objects and its ref are stored */
    "snapshot.files",       /* the files of a snapshot are restored, their modes are not */
    "salvage.made",         /* a salvage stands, what it was made for has not begun */
    "salvage.intended",     /* the intent of a restore is stored, nothing done */
    "lock.intended",        /* a lock is salvaged, and where it will go is stored */
    "lock.moved",           /* it was moved there, its intent is open */
    "salvage.restored",     /* everything is restored, the row is not updated */
    "salvage.stored",       /* its row and the result are stored, the client has no answer */
    "salvages.intended",    /* the intent of deleting salvages is stored, nothing done */
    "salvages.dropped",     /* they are deleted, the answer is not stored */
    "salvages.stored",      /* the answer is stored, the client does not have it */
    "salvage.head",         /* HEAD is restored, the index is not */
    "change.begun",         /* what a stage, unstage or discard replaces is salvaged, nothing done */
    "change.done",          /* git ran, the client has no answer */
    "write.intended",       /* what a file holds is salvaged, and the intent of its new content is stored */
    "write.filled",         /* the new content is in a file beside it */
    "write.swapped",        /* the file has the new content, its old one is in the file beside it */
    "write.done",           /* the old one is removed, the intent is open */
    "checkpoint.kept",      /* its ref stands, its row still says that it is due */
    "checkpoint.intended",  /* the intent of a restore is stored, nothing done */
    "checkpoint.restored",  /* the files are restored, the result is not stored */
    "checkpoint.stored",    /* the result is stored, the client has no answer */
    "fork.intended",        /* the intent of a fork from a checkpoint is stored, nothing done */
    "fork.made",            /* its worktree is there, the checkpoint's files are not */
    "fork.restored",        /* the files are there, the fork's row is not */
    "fork.stored",          /* the row and the result are stored, the client has no answer */
    "step.intended",        /* the intent of a merge, rebase or squash is stored, git not yet run */
    "step.done",            /* git ran, its answer is not stored */
    "step.stored",          /* the answer is stored, the client does not have it */
    "land.intended",        /* the intent of a landing is stored, the branch not yet moved */
    "land.files",           /* the files of base's worktree are moved, the branch is not */
    "land.moved",           /* the branch is moved, the landing is not stored */
    "land.stored",          /* the landing is stored, the client has no answer */
    "queue.stored",         /* a queue of landings is stored, nothing of it done, the client has no answer */
    "queue.step",           /* a step of a row is stored as begun, its operation not called */
    "queue.landed",         /* a row has landed, the queue's rows do not say so */
    "pull.intended",        /* the intent of a pull request is stored, the host does not know of it */
    "pull.created",         /* the host has the pull request, its answer is not stored */
    "pull.stored",          /* the answer is stored, the client does not have it */
    "issue.intended",       /* the plan of an issue's worktree is stored */
    "issue.made",           /* git made it, neither it nor its agent is stored */
    "issue.stored",         /* both are stored, the client has no answer */
    "launch.committed",     /* its row is stored, no folder yet */
    "launch.folder_made",   /* its folder exists, no spec yet */
    "launch.spec_written",  /* its spec exists, no hold yet */
    "hold.spawned",         /* the hold runs, no connection to it yet */
    "hold.before_go",       /* it sent hello, the child is not started */
    "hold.after_go",        /* the child starts */
    "input.before_send",    /* an input is stored, not sent */
    "input.sent",           /* it is sent, not acknowledged */
    "input.acked",          /* the hold has it */
    "derive.before_commit", /* a batch is derived, nothing of it stored */
    "derive.after_commit",  /* events, state and offset are stored, nothing is published */
    "answer.before_commit", /* an answer has arrived, nothing is stored */
    "answer.stored",        /* the answer and its input are stored, the client has no answer */
    "upload.written",       /* a piece of an upload is written to its temporary file */
    "upload.synced",        /* the whole upload is there, it has no name yet */
    "attachment.named",     /* the file has its name, its row is missing */
    "attachment.stored",    /* its row and the result are stored, the client has no answer */
    "prompt.read",          /* the files of a prompt are read, it is not handed over */
    "agent.before_start",   /* a start was requested, nothing is stored */
    "agent.start_stored",   /* launch and prompt are stored, the client has no answer */
    "agent.stop_stored",    /* the stop is stored, not sent to the hold */
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

/* MUSTER_CRASH=name:k; a name alone means the first time. */
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
