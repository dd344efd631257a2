/* Ten ports for each worktree: reserved when something starts there, kept until the worktree is removed. */
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "script/port.h"
#include "script/script.h"
#include "script/script_sql.h"
#include "sys/file.h"
#include "sys/listener.h"
#include "workspace/workspace.h"

enum { NOTICE_MAX = 1000 };

#define PORT(F, S)                                                                     \
    F(S, STR, name, .min = 1, .max_bytes = 32, .doc = "Variable that has it")          \
    F(S, I64, port, .min = 1, .max = 65535, .doc = "The port")                         \
    F(S, BOOL, is_in_use, .doc = "Something listens on it, on this machine, just now") \
    F(S, I64, pid, .opt = 1, .min = 1, .max = INT64_MAX,                               \
      .doc = "Then its process; left out where it is another user's")                  \
    F(S, STR, program, .opt = 1, .max_bytes = 64, .doc = "The name of that process")
SHAPE(WorktreePort, PORT);
SHAPE_DEFINE(WorktreePort, PORT);
#define PORTS(F, S) F(S, LIST(WorktreePort), ports, .max = WORKTREE_PORTS, .doc = "In order")
SHAPE(WorktreePorts, PORTS);
SHAPE_DEFINE(WorktreePorts, PORTS);

static Str variable(int i, Arena *a) { return i ? arena_fmt(a, "MUSTER_PORT_%d", i) : STR("MUSTER_PORT"); }

int worktree_port_names(DbConn *c, Str worktree_id, Arena *a, StrList *ret, Err *e) {
    int64_t first = 0;
    *ret = (StrList){arena_array(a, WORKTREE_PORTS, sizeof(Str)), 0};
    TRY(db_scalar(c, &sql_worktree_port_first, DB_ARGS(db_text(worktree_id)), 0, &first, e));
    for (int i = 0; first && i < WORKTREE_PORTS; i++)
        ret->items[ret->n++] = arena_fmt(a, STR_FMT "=%lld", STR_ARG(variable(i, a)), (long long)first + i);
    return 0;
}

/* A listener keeps others from binding; an old connection of one that has ended does not. */
static bool is_free(int family, const void *address, socklen_t n) {
    CLEANUP(fd_closep) int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int on = 1;
    if (fd < 0) return true; /* without IPv6 nothing listens there */
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    return bind(fd, address, n) == 0 || errno != EADDRINUSE;
}

static bool is_in_use(int64_t port) {
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct sockaddr_in6 six = {
        .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port), .sin6_addr = in6addr_loopback};
    four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return !is_free(AF_INET, &four, sizeof four) || !is_free(AF_INET6, &six, sizeof six);
}

static bool is_any_in_use(int64_t first) {
    for (int i = 0; i < WORKTREE_PORTS; i++)
        if (is_in_use(first + i)) return true;
    return false;
}

/* Of at most so many ranges it is looked whether a program that is not ours listens in them. */
enum { LOOKS_MAX = 64 };

int worktree_take_ports(Tx *tx, Str worktree_id, Err *e) {
    int64_t mine = 0, lowest = 0, at = WORKTREE_PORT_FIRST;
    TRY(db_scalar(tx_conn(tx), &sql_worktree_port_first, DB_ARGS(db_text(worktree_id)), 0, &mine, e));
    if (mine) return 0;
    for (int i = 0; i < LOOKS_MAX && !mine && at <= WORKTREE_PORT_LAST; i++, at += WORKTREE_PORTS) {
        TRY(db_scalar(tx_conn(tx), &sql_worktree_port_next, DB_ARGS(db_i64(at), db_i64(WORKTREE_PORT_LAST)), 0, &at,
                      e));
        if (!at) break;
        if (!lowest) lowest = at;
        if (!is_any_in_use(at)) mine = at;
    }
    if (!mine) mine = lowest; /* others listen everywhere */
    if (!mine) return 0;
    return tx_run(tx, &sql_worktree_port_add, DB_ARGS(db_text(worktree_id), db_i64(mine)), NULL, e);
}

static void add_user(Buf *b, const char *name, int64_t port) {
    Listener who;
    if (!is_in_use(port)) return;
    buf_add_fmt(b, "%s%s (%lld) is in use", b->n ? "; " : "", name, (long long)port);
    if (!listener_find(port, &who)) return;
    if (who.pid)
        buf_add_fmt(b, " by `%s`, process %lld", who.name, (long long)who.pid);
    else
        buf_add_str(b, STR(" by another user's program"));
}

int worktree_ports_in_use(DbConn *c, Str worktree_id, Arena *a, Str *ret, Err *e) {
    CLEANUP(buf_done) Buf b;
    int64_t first = 0;
    buf_init(&b, NOTICE_MAX);
    TRY(db_scalar(c, &sql_worktree_port_first, DB_ARGS(db_text(worktree_id)), 0, &first, e));
    if (!first) buf_add_str(&b, STR("all ports belong to other worktrees, so MUSTER_PORT is not set"));
    for (int i = 0; first && i < WORKTREE_PORTS; i++) add_user(&b, arena_cstr(a, variable(i, a)), first + i);
    *ret = arena_str(a, buf_str(&b));
    return 0;
}

typedef struct Take {
    const WorktreeRef *in;
    int64_t first;
} Take;

static int take_tx(Tx *tx, void *arg, Err *e) {
    Take *x = arg;
    TRY(worktree_take_ports(tx, x->in->worktree_id, e));
    return db_scalar(tx_conn(tx), &sql_worktree_port_first, DB_ARGS(db_text(x->in->worktree_id)), 0, &x->first, e);
}

static WorktreePort port_now(int i, int64_t port, Arena *a) {
    WorktreePort p = {.name = variable(i, a), .port = port, .is_in_use = is_in_use(port)};
    Listener who;
    if (!p.is_in_use || !listener_find(port, &who) || !who.pid) return p;
    GIVE(WorktreePort, &p, pid, who.pid);
    GIVE(WorktreePort, &p, program, arena_str(a, str(who.name)));
    return p;
}

static int reserve_worktree_ports(OpCall *c, const void *in_, void *out_, Err *e) {
    WorktreePorts *out = out_;
    Take x = {.in = in_};
    Worktree wt;
    TRY(worktree_get(c->db, x.in->worktree_id, c->arena, &wt, e));
    if (!str_eq(wt.workspace_id, x.in->workspace_id))
        return err_fail(e, ERR_NOT_FOUND, "no worktree " STR_FMT " in this workspace", STR_ARG(x.in->worktree_id));
    TRY(op_tx(c, take_tx, &x, NULL, e));
    if (!x.first)
        return err_fail(e, ERR_CONFLICT, "all ports from %d to %d belong to other worktrees; remove some first",
                        WORKTREE_PORT_FIRST, WORKTREE_PORT_LAST + WORKTREE_PORTS - 1);
    out->ports = (WorktreePortList){arena_array(c->arena, WORKTREE_PORTS, sizeof(WorktreePort)), WORKTREE_PORTS};
    for (int i = 0; i < WORKTREE_PORTS; i++) out->ports.items[i] = port_now(i, x.first + i, c->arena);
    return 0;
}

const Op port_ops[] = {
    {"reserve_worktree_ports", "POST /api/workspaces/{workspaceId}/worktrees/{worktreeId}/ports", "worktree ports",
     OP_RUN(reserve_worktree_ports, WorktreeRef, WorktreePorts), .role = ROLE_MEMBER, .where = ON_WORKER,
     .flags = OP_WRITES,
     .doc = "Returns the ten ports of a worktree, which no other worktree gets, and who uses them already; reserves "
            "them if nothing has started there yet."},
    {0},
};
