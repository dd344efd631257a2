#include "hold/rig.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "base/mem.h"
#include "base/test.h"
#include "base/ulid.h"
#include "base/vec.h"
#include "hold/cgroup.h"

enum { PAUSE_MS = 5 };
static const char nonce[] = "0123456789abcdef";
/* The pause between polls of something that sends no event. */
static void pause_a_little(void) { poll(NULL, 0, PAUSE_MS); }

HoldSpec rig_spec(Rig *r, const char *const *argv) {
    *r = (Rig){.sock = -1, .policy = SCHED_OTHER, .niceness = getpriority(PRIO_PROCESS, 0), .arena = arena_new()};
    buf_init(&r->in, 1 << 20);
    HoldSpec spec = {0};
    shape_init(&HoldSpec_shape, &spec);
    Id id = id_new("lch");
    spec.launch = arena_str(r->arena, id_str(&id));
    spec.nonce = str(nonce);
    size_t n = 0;
    while (argv[n]) n++;
    spec.argv = (StrList){arena_array(r->arena, n, sizeof(Str)), n};
    for (size_t i = 0; i < n; i++) spec.argv.items[i] = str(argv[i]);
    spec.envp = (StrList){arena_array(r->arena, 2, sizeof(Str)), 2};
    spec.envp.items[0] = STR("PATH=/usr/bin:/bin");
    spec.envp.items[1] = arena_fmt(r->arena, "MUSTER_LAUNCH=%s", id.text);
    spec.cwd = STR("/");
    spec.limits = arena_new_in(r->arena, HoldSpecLimits);
    return spec;
}

static void write_spec(const Rig *r, const HoldSpec *spec) {
    CLEANUP(buf_done) Buf text;
    buf_init(&text, HOLD_SPEC_BYTES_MAX);
    JsonOut out = json_out(&text);
    shape_encode(&HoldSpec_shape, spec, &out);
    char path[300];
    snprintf(path, sizeof path, "%s/spec", r->dir);
    CLEANUP(fd_closep) int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    CHECK(fd >= 0 && write(fd, text.p, text.n) == (ssize_t)text.n);
}

static void spawn(Rig *r) {
    r->hold = fork();
    CHECK(r->hold >= 0);
    if (r->hold > 0) return;
    setsid();
    sched_setscheduler(0, r->policy, &(struct sched_param){0});
    setpriority(PRIO_PROCESS, 0, r->niceness);
    /* A failing test does not clean up: its hold gets SIGTERM when the test program ends, and then ends its tree. */
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    execl(HOLD_EXE, "muster-hold", r->dir, (char *)NULL);
    _exit(126);
}

void rig_start_here(Rig *r, const HoldSpec *spec, bool no_go) {
    r->launch = spec->launch;
    write_spec(r, spec);
    spawn(r);
    rig_connect(r);
    if (!no_go) rig_send(r, &(HoldMsg){.type = HOLD_MSG_GO});
}

void rig_start(Rig *r, const HoldSpec *spec, bool no_go) {
    snprintf(r->dir, sizeof r->dir, "%s/%s", test_dir(), spec->launch.p);
    CHECK(mkdir(r->dir, 0700) == 0);
    rig_start_here(r, spec, no_go);
}

int rig_connect_raw(const Rig *r) {
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    CLEANUP(fd_closep) int dir = open(r->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    snprintf(at.sun_path, sizeof at.sun_path, "/proc/self/fd/%d/sock", dir);
    int64_t until = clock_mono_us() + (int64_t)RIG_WAIT_MS * 1000;
    while (clock_mono_us() < until) {
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (connect(fd, (struct sockaddr *)&at, sizeof at) == 0) return fd;
        close(fd);
        pause_a_little();
    }
    CHECK(!"the hold does not listen");
    return -1;
}

static bool has_head(const Rig *r) { return r->has_head; }

void rig_connect(Rig *r) {
    rig_disconnect(r);
    r->sock = rig_connect_raw(r);
    r->has_head = r->is_closed = false;
    r->poked = 0;
    rig_send(r, &(HoldMsg){.type = HOLD_MSG_HELLO,
                           .hello = {.version = HOLD_WIRE_VERSION, .launch = r->launch, .nonce = str(nonce)}});
    rig_until(r, has_head);
}

void rig_disconnect(Rig *r) {
    fd_closep(&r->sock);
    buf_clear(&r->in);
}

void rig_send_raw(Rig *r, Str bytes) {
    while (bytes.n) {
        ssize_t n = send(r->sock, bytes.p, bytes.n, MSG_NOSIGNAL);
        CHECK(n > 0);
        bytes = str_from(bytes, (size_t)n);
    }
}

void rig_send(Rig *r, const HoldMsg *m) {
    CLEANUP(buf_done) Buf out;
    buf_init(&out, HOLD_MSG_HEADER + HOLD_MSG_BODY_MAX);
    CHECK(holdwire_put(&out, m));
    rig_send_raw(r, buf_str(&out));
}

void rig_input(Rig *r, uint64_t n, Str bytes) {
    size_t at = 0;
    do {
        Str part = str_upto(str_from(bytes, at), HOLD_PART_MAX);
        rig_send(r, &(HoldMsg){.type = HOLD_MSG_INPUT,
                               .input = {.n = n, .total = (uint32_t)bytes.n, .at = (uint32_t)at, .bytes = part}});
        at += part.n;
    } while (at < bytes.n);
}

static void note(Rig *r, const HoldMsg *m) {
    if (m->type == HOLD_MSG_HEAD) {
        r->head = m->head;
        r->has_head = true;
    } else if (m->type == HOLD_MSG_INPUT_ACK) {
        r->ack_n = m->ack.n;
        r->ack = m->ack.status;
        r->n_acks++;
    } else if (m->type == HOLD_MSG_POKE_ACK) {
        r->poked = m->poked;
    } else if (m->type == HOLD_MSG_EXITED) {
        r->has_exit = true;
        r->exit_offset = m->exited.offset;
        r->exit = m->exited.exit;
        Str *texts[] = {&r->exit.reason, &r->exit.text, &r->exit.limit, &r->exit.mechanism};
        for (size_t i = 0; i < COUNT_OF(texts); i++) *texts[i] = arena_str(r->arena, *texts[i]);
    }
}

static void receive(Rig *r, int64_t until) {
    int64_t left = (until - clock_mono_us()) / 1000;
    struct pollfd p = {.fd = r->sock, .events = POLLIN};
    if (left <= 0 || poll(&p, 1, (int)left) <= 0) test_fail(__FILE__, __LINE__, "the expected message did not arrive");
    CHECK(buf_reserve(&r->in, 65536));
    ssize_t n = recv(r->sock, r->in.p + r->in.n, 65536, 0);
    if (n <= 0)
        r->is_closed = true;
    else
        r->in.n += (size_t)n;
    HoldMsg m;
    size_t size;
    while (holdwire_parse(buf_str(&r->in), &m, &size) == HOLD_WHOLE) {
        note(r, &m);
        buf_drop(&r->in, size);
    }
}

void rig_until(Rig *r, bool (*is_there)(const Rig *r)) {
    int64_t until = clock_mono_us() + (int64_t)RIG_WAIT_MS * 1000;
    while (!is_there(r)) {
        CHECK(!r->is_closed);
        receive(r, until);
    }
}

static HoldAck next_ack(Rig *r, unsigned before, uint64_t n) {
    int64_t until = clock_mono_us() + (int64_t)RIG_WAIT_MS * 1000;
    while (r->n_acks == before) {
        CHECK(!r->is_closed);
        receive(r, until);
    }
    CHECK_I64(r->ack_n, n);
    return r->ack;
}

HoldAck rig_input_acked(Rig *r, uint64_t n, Str bytes) {
    unsigned before = r->n_acks;
    rig_input(r, n, bytes);
    return next_ack(r, before, n);
}

HoldAck rig_part_acked(Rig *r, const HoldInput *part) {
    unsigned before = r->n_acks;
    rig_send(r, &(HoldMsg){.type = HOLD_MSG_INPUT, .input = *part});
    return next_ack(r, before, part->n);
}

bool rig_has_exit(const Rig *r) { return r->has_exit; }
bool rig_is_closed(const Rig *r) { return r->is_closed; }

int rig_reap(Rig *r) {
    int status = 0;
    int64_t until = clock_mono_us() + (int64_t)RIG_WAIT_MS * 1000;
    while (waitpid(r->hold, &status, WNOHANG) == 0) {
        CHECK(clock_mono_us() < until);
        pause_a_little();
    }
    r->hold = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int rig_finish(Rig *r) {
    rig_until(r, rig_has_exit);
    rig_send(r, &(HoldMsg){.type = HOLD_MSG_BYE});
    return rig_reap(r);
}

bool rig_take_cgroup(const HoldSpec *spec, char *path, size_t size) {
    Cgroup c;
    CLEANUP(fd_closep) int dir = open(test_dir(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    cgroup_open(&c, dir, spec->launch.p);
    if (c.fd < 0) return false;
    snprintf(path, size, "%s", c.path);
    cgroup_close(&c, dir);
    return mkdir(path, 0755) == 0;
}

/* Removes the folder that a killed hold left, as the daemon's sweep does. */
static void remove_cgroup(const Rig *r) {
    char note[300], path[512] = {0};
    snprintf(note, sizeof note, "%s/cgroup", r->dir);
    CLEANUP(fd_closep) int fd = open(note, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || read(fd, path, sizeof path - 1) <= 0) return;
    int64_t until = clock_mono_us() + (int64_t)RIG_WAIT_MS * 1000;
    while (rmdir(path) < 0 && clock_mono_us() < until) pause_a_little();
}

void rig_done(Rig *r) {
    if (r->hold > 0) {
        kill(r->hold, SIGKILL);
        waitpid(r->hold, NULL, 0);
    }
    remove_cgroup(r);
    rig_disconnect(r);
    buf_done(&r->in);
    arena_free(r->arena);
    *r = (Rig){.sock = -1};
}

/* ---- The log ---- */

typedef VEC(uint64_t) Firsts;

static int compare_u64(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void list_firsts(const Rig *r, Firsts *out) {
    DIR *dir = opendir(r->dir);
    CHECK(dir);
    struct dirent *entry;
    uint64_t first;
    while ((entry = readdir(dir))) {
        if (holdlog_segment_name_parse(str(entry->d_name), &first)) vec_push(out, first);
    }
    closedir(dir);
    CHECK(out->n > 0);
    qsort(out->items, out->n, sizeof out->items[0], compare_u64);
}

static void read_whole(const Rig *r, uint64_t first, Buf *out) {
    char name[HOLD_SEGMENT_NAME_MAX], path[300];
    holdlog_segment_name(first, name);
    snprintf(path, sizeof path, "%s/%s", r->dir, name);
    CLEANUP(fd_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
    buf_clear(out);
    ssize_t n = fd < 0 ? 0 : 1;
    while (n > 0) {
        CHECK(buf_reserve(out, 1 << 16));
        n = read(fd, out->p + out->n, 1 << 16);
        if (n > 0) out->n += (size_t)n;
    }
}

/* Adds one segment's frames of the channel; returns the offset after its last whole frame. */
static uint64_t collect(Str file, uint64_t first, HoldChannel channel, Buf *out, unsigned *ret_n) {
    HoldSegment segment;
    if (holdlog_segment_parse(file, &segment) != HOLD_WHOLE) return first;
    CHECK_I64(segment.first, first);
    Str rest = str_from(file, HOLD_SEGMENT_HEADER);
    HoldFrame f;
    size_t size;
    HoldCond cond;
    while ((cond = holdlog_frame_parse(rest, &f, &size)) == HOLD_WHOLE) {
        size_t skip = channel == HOLD_INPUT ? HOLD_INPUT_HEAD : 0;
        if (f.channel == channel) buf_add_str(out, str_from(f.bytes, skip));
        if (f.channel == channel) ++*ret_n;
        first += size;
        rest = str_from(rest, size);
    }
    CHECK(cond == HOLD_CUT);
    return first;
}

static Str read_log(Rig *r, HoldChannel channel, unsigned *ret_n) {
    CLEANUP(buf_done) Buf file, out;
    buf_init(&file, 64 << 20);
    buf_init(&out, 256 << 20);
    Firsts firsts = {0};
    list_firsts(r, &firsts);
    *ret_n = 0;
    uint64_t at = firsts.items[0];
    vec_each(&firsts, first) {
        CHECK_I64(*first, at);
        read_whole(r, *first, &file);
        at = collect(buf_str(&file), *first, channel, &out, ret_n);
    }
    vec_done(&firsts);
    return arena_str(r->arena, buf_str(&out));
}

Str rig_log(Rig *r, HoldChannel channel) {
    unsigned n;
    return read_log(r, channel, &n);
}

unsigned rig_count_frames(Rig *r, HoldChannel channel) {
    unsigned n;
    read_log(r, channel, &n);
    return n;
}

void rig_until_log(Rig *r, HoldChannel channel, const char *text) {
    int64_t until = clock_mono_us() + (int64_t)RIG_WAIT_MS * 1000;
    size_t at;
    while (!str_find(rig_log(r, channel), str(text), &at)) {
        if (clock_mono_us() > until) test_fail(__FILE__, __LINE__, "the log does not contain \"%s\"", text);
        pause_a_little();
    }
}

bool rig_lock_is_free(const Rig *r) {
    char path[300];
    snprintf(path, sizeof path, "%s/lock", r->dir);
    CLEANUP(fd_closep) int fd = open(path, O_RDWR | O_CLOEXEC);
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    CHECK(fd >= 0 && fcntl(fd, F_OFD_GETLK, &lock) == 0);
    return lock.l_type == F_UNLCK;
}
