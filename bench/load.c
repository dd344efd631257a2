/* net-load: HTTP and WebSocket clients on one epoll loop, and the server's CPU time while they work.
 *
 *   net-load get  --port P --pid SERVER [--path /bytes] [--conns 64] [--seconds 2] [--idle N --ws-path /ws] [--warm 30000]
 *   net-load fan  --port P --pid SERVER [--ws-path /ws] [--clients 1000] [--seconds 2] [--in-flight 1 | --rate 50]
 *                 [--payload 200] [--publish "publish "] [--publish-path PATH] [--mark '"t":']
 *   net-load replay --port P --pid SERVER --subscribe MESSAGE [--ws-path /ws]
 *   all:          [--host 127.0.0.1] [--token T] [--protocol muster.v1] [--subscribe MESSAGE]
 *
 * get: each connection sends its next GET when the answer is complete. With --idle, that many WebSockets are opened
 * first and kept open; the growth of the server's memory is reported per socket.
 * fan: the first client, or another one at --publish-path, publishes events that contain their time after the mark; all
 * clients count and time what they receive. --in-flight: the number of events in flight; --rate: events per second.
 * --publish '': publish nothing, only count (another program makes the events).
 * A subscriber gets {"type":"live",…} after the existing events: fan starts then, replay counts until then.
 *
 * The server's CPU is the on-CPU time of all its threads (first field of schedstat). One line of JSON is printed.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    EVENTS = 256,
    HANDSHAKES = 64,
    READ_MAX = 262144,
    KEEP = 320,
    SAMPLES_MAX = 1 << 22,
    DRAIN_MS = 30000,
    REQUEST_MAX = 2048
};

/* A server that compiles at run time is measured after warming up (--warm), at the latest after: */
static const int64_t WARM_NS = 20000000000;

typedef struct Options {
    const char *host, *path, *ws_path, *token, *protocol, *subscribe, *publish, *publish_path, *mark;
    double port, pid, conns, clients, idle, seconds, in_flight, rate, payload, warm;
} Options;

typedef struct Client {
    int fd;
    uint64_t left; /* bytes still missing of the item being read */
    unsigned char keep[KEEP];
    unsigned n_keep; /* the start of a frame, or the end of a head, that is split over two reads */
    bool in_body;
} Client;

static Options o = {
    .host = "127.0.0.1",
    .path = "/bytes",
    .ws_path = "/ws",
    .token = "",
    .protocol = "",
    .subscribe = "",
    .publish = "publish ",
    .publish_path = "",
    .mark = "\"t\":",
    .conns = 64,
    .clients = 1000,
    .seconds = 2,
    .in_flight = 1,
    .payload = 200,
    .warm = 30000,
};

static const struct {
    const char *name;
    const char **text;
    double *number;
} flags[] = {
    {"--host", &o.host, NULL},       {"--path", &o.path, NULL},           {"--ws-path", &o.ws_path, NULL},
    {"--token", &o.token, NULL},     {"--protocol", &o.protocol, NULL},   {"--subscribe", &o.subscribe, NULL},
    {"--publish", &o.publish, NULL}, {"--port", NULL, &o.port},           {"--pid", NULL, &o.pid},
    {"--conns", NULL, &o.conns},     {"--clients", NULL, &o.clients},     {"--idle", NULL, &o.idle},
    {"--seconds", NULL, &o.seconds}, {"--in-flight", NULL, &o.in_flight}, {"--rate", NULL, &o.rate},
    {"--warm", NULL, &o.warm},       {"--payload", NULL, &o.payload},     {"--publish-path", &o.publish_path, NULL},
    {"--mark", &o.mark, NULL},
};

static char buffer[READ_MAX];
static char request[REQUEST_MAX];
static size_t request_n;
static int epoll_fd;
static uint64_t n_answers, n_deliveries, n_live, n_frames, n_bytes;
static uint32_t *latencies_us;
static size_t n_samples;

static void die(const char *what) {
    fprintf(stderr, "net-load: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* The server, from outside. */

static int64_t server_cpu_ns(void) {
    char path[64];
    int64_t sum = 0;
    snprintf(path, sizeof path, "/proc/%d/task", (int)o.pid);
    DIR *tasks = opendir(path);
    if (!tasks) die(path);
    for (struct dirent *d; (d = readdir(tasks));) {
        char name[352];
        long long ns = 0;
        snprintf(name, sizeof name, "%s/%s/schedstat", path, d->d_name);
        FILE *f = d->d_name[0] == '.' ? NULL : fopen(name, "r");
        if (f && fscanf(f, "%lld", &ns) == 1) sum += ns;
        if (f) fclose(f);
    }
    closedir(tasks);
    return sum;
}

static long server_rss_kib(void) {
    char path[64], line[256];
    long kib = 0;
    snprintf(path, sizeof path, "/proc/%d/status", (int)o.pid);
    FILE *f = fopen(path, "r");
    if (!f) die(path);
    while (fgets(line, sizeof line, f)) {
        if (sscanf(line, "VmRSS: %ld", &kib) == 1) break;
    }
    fclose(f);
    return kib;
}

/* Connections. */

static int connect_to_server(void) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((in_port_t)o.port)};
    int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    inet_pton(AF_INET, o.host, &at.sin_addr);
    if (fd < 0 || connect(fd, (struct sockaddr *)&at, sizeof at) < 0) die("connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

static void send_all(int fd, const void *bytes, size_t n) {
    for (const char *p = bytes; n > 0;) {
        ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN) die("send");
        if (sent > 0) p += sent, n -= (size_t)sent;
    }
}

static void send_text(int fd, const char *text, size_t n) {
    unsigned char head[8] = {0x81};
    size_t head_n = n < 126 ? 2 : 4;
    head[1] = (unsigned char)(0x80 | (n < 126 ? n : 126));
    if (n >= 126) head[2] = (unsigned char)(n >> 8), head[3] = (unsigned char)n;
    char *frame = malloc(n + sizeof head + 4);
    memcpy(frame, head, head_n);
    memset(frame + head_n, 0, 4); /* the mask 0 leaves the bytes as they are */
    memcpy(frame + head_n + 4, text, n);
    send_all(fd, frame, head_n + 4 + n);
    free(frame);
}

static void print_head(char *out, const char *path, bool is_ws) {
    int n = snprintf(out, REQUEST_MAX, "GET %s HTTP/1.1\r\nHost: %s:%d\r\n", path, o.host, (int)o.port);
    if (is_ws) {
        n += snprintf(out + n, (size_t)(REQUEST_MAX - n),
                      "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
    }
    if (is_ws && *o.protocol) {
        n += snprintf(out + n, (size_t)(REQUEST_MAX - n), "Sec-WebSocket-Protocol: %s%s%s\r\n", o.protocol,
                      *o.token ? ", bearer." : "", o.token);
    } else if (*o.token) {
        n += snprintf(out + n, (size_t)(REQUEST_MAX - n), "Authorization: Bearer %s\r\n", o.token);
    }
    snprintf(out + n, (size_t)(REQUEST_MAX - n), "\r\n");
}

static int begin_ws(const char *head) {
    int fd = connect_to_server();
    send_all(fd, head, strlen(head));
    return fd;
}

static void await_ws(int fd) {
    char answer[4096];
    size_t n = 0;
    do {
        ssize_t got = n < sizeof answer - 1 ? read(fd, answer + n, 1) : 0; /* one by one: frames may follow at once */
        if (got <= 0) die("the handshake failed");
        n++;
    } while (n < 4 || memcmp(answer + n - 4, "\r\n\r\n", 4) != 0);
    if (strncmp(answer, "HTTP/1.1 101", 12) != 0) die("the server refused the WebSocket");
}

static int open_ws(const char *head) {
    int fd = begin_ws(head);
    await_ws(fd);
    return fd;
}

static void watch(Client *c) {
    struct epoll_event ev = {.events = EPOLLIN, .data.ptr = c};
    fcntl(c->fd, F_SETFL, O_NONBLOCK);
    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, c->fd, &ev) < 0) die("epoll_ctl");
}

/* Waits for input and passes it to `take`; false if nothing arrived in time. */
static bool turn(int timeout_ms, void (*take)(Client *c, char *bytes, size_t n)) {
    struct epoll_event events[EVENTS];
    int n = epoll_wait(epoll_fd, events, EVENTS, timeout_ms);
    for (int i = 0; i < n; i++) {
        Client *c = events[i].data.ptr;
        ssize_t got = read(c->fd, buffer, sizeof buffer);
        if (got == 0 || (got < 0 && errno != EAGAIN)) die("the server closed a connection");
        if (got > 0) take(c, buffer, (size_t)got);
    }
    return n > 0;
}

/* GET. The head of an answer is small and is assumed to be in one read, as every server here sends it. */

static void begin_get(Client *c) { send_all(c->fd, request, request_n); }

static void take_answer(Client *c, char *bytes, size_t n) {
    if (!c->in_body) {
        char *end = memmem(bytes, n, "\r\n\r\n", 4), *length = NULL;
        if (!end || strncmp(bytes + 9, "200", 3) != 0) die("the answer is not 200");
        *end = '\0';
        length = strcasestr(bytes, "\r\ncontent-length:");
        if (!length) die("an answer without Content-Length");
        c->left = strtoull(length + 17, NULL, 10);
        c->in_body = true;
        n -= (size_t)(end + 4 - bytes);
    }
    c->left -= n;
    if (c->left > 0) return;
    c->in_body = false;
    n_answers++;
    begin_get(c);
}

static double hold_idle(void) {
    char head[REQUEST_MAX];
    if (o.idle <= 0) return 0;
    print_head(head, o.ws_path, true);
    long before = server_rss_kib();
    for (int i = 0, n; i < (int)o.idle; i += n) {
        int fds[HANDSHAKES];
        n = (int)o.idle - i < HANDSHAKES ? (int)o.idle - i : HANDSHAKES;
        for (int k = 0; k < n; k++) fds[k] = begin_ws(head);
        for (int k = 0; k < n; k++) await_ws(fds[k]);
    }
    usleep(200000); /* lets the server finish the last handshakes */
    return (double)(server_rss_kib() - before) * 1024 / o.idle;
}

static void run_get(void) {
    int n = (int)o.conns;
    double idle_bytes = hold_idle();
    Client *clients = calloc((size_t)n, sizeof *clients);
    print_head(request, o.path, false);
    request_n = strlen(request);
    for (int i = 0; i < n; i++) {
        clients[i].fd = connect_to_server();
        watch(&clients[i]);
        begin_get(&clients[i]);
    }
    for (int64_t warm = now_ns() + WARM_NS; (double)n_answers < o.warm && now_ns() < warm;) turn(100, take_answer);
    int64_t begin = now_ns(), end = begin + (int64_t)(o.seconds * 1e9), cpu = server_cpu_ns();
    uint64_t before = n_answers;
    while (now_ns() < end) turn(100, take_answer);
    cpu = server_cpu_ns() - cpu;
    double wall = (double)(now_ns() - begin), done = (double)(n_answers - before);
    printf("{\"requests\":%.0f,\"cpu_us\":%.3f,\"per_second\":%.0f,\"core\":%.3f,\"idle\":%.0f,\"idle_bytes\":%.0f,"
           "\"rss_kib\":%ld}\n",
           done, (double)cpu / 1e3 / done, done / wall * 1e9, (double)cpu / wall, o.idle, idle_bytes, server_rss_kib());
}

/* Fan-out. An event has its time, in ns, after the mark, within the first KEEP bytes of its frame. */

static size_t frame_head(const unsigned char *p, size_t n, uint64_t *ret_payload) {
    size_t extra = n < 2 ? 0 : (p[1] & 0x7f) == 126 ? 2 : (p[1] & 0x7f) == 127 ? 8 : 0;
    if (n < 2 + extra) return 0;
    uint64_t v = extra ? 0 : p[1] & 0x7f;
    for (size_t i = 0; i < extra; i++) v = v << 8 | p[2 + i];
    *ret_payload = v;
    return 2 + extra;
}

static void count_event(const unsigned char *payload, size_t n) {
    static const char live[] = "{\"type\":\"live\"";
    if (n >= sizeof live - 1 && memcmp(payload, live, sizeof live - 1) == 0) {
        n_live++;
        return;
    }
    const unsigned char *at = memmem(payload, n, o.mark, strlen(o.mark)), *end = payload + n;
    if (!at) return;
    n_deliveries++;
    int64_t sent = 0;
    for (at += strlen(o.mark); at < end && *at >= '0' && *at <= '9'; at++) sent = sent * 10 + (*at - '0');
    if (n_samples < SAMPLES_MAX) latencies_us[n_samples++] = (uint32_t)((now_ns() - sent) / 1000);
}

/* Reads the start of one frame at p; returns the bytes used, or 0 if more are needed. */
static size_t take_frame(Client *c, const unsigned char *p, size_t n) {
    uint64_t payload;
    size_t head = frame_head(p, n, &payload);
    size_t want = payload < KEEP - 10 ? (size_t)payload : KEEP - 10;
    if (!head || n < head + want) return 0;
    if ((p[0] & 0x0f) <= 2) count_event(p + head, want);
    n_frames++;
    n_bytes += payload;
    size_t here = n - head < payload ? n - head : (size_t)payload;
    c->left = payload - here;
    return head + here;
}

static void take_frames(Client *c, char *bytes, size_t n) {
    const unsigned char *p = (const unsigned char *)bytes;
    while (n > 0) {
        if (c->left > 0) {
            size_t skip = n < c->left ? n : (size_t)c->left;
            c->left -= skip, p += skip, n -= skip;
            continue;
        }
        if (c->n_keep == 0) {
            size_t used = take_frame(c, p, n);
            p += used, n -= used;
            if (used) continue;
        }
        c->keep[c->n_keep++] = *p++;
        n--;
        if (take_frame(c, c->keep, c->n_keep)) c->n_keep = 0;
    }
}

static void publish(int fd) {
    static char text[65536];
    size_t prefix = strlen(o.publish), size = (size_t)o.payload;
    int n = snprintf(text, sizeof text, "%s{\"t\":%lld,\"pad\":\"", o.publish, (long long)now_ns());
    while ((size_t)n < prefix + size - 2) text[n++] = 'x';
    text[n++] = '"', text[n++] = '}';
    send_text(fd, text, (size_t)n);
}

static int compare_us(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static double percentile(double part) {
    return n_samples ? latencies_us[(size_t)(part * (double)(n_samples - 1))] / 1000.0 : 0;
}

/* Waits for events in flight. */
static void settle(uint64_t n_wanted) {
    int64_t end = now_ns() + (int64_t)DRAIN_MS * 1000000;
    while (n_deliveries < n_wanted && now_ns() < end) turn(10, take_frames);
}

/* Sends events until `end`, at --rate or with --in-flight at once; returns their number. */
static uint64_t drive(int publisher, int64_t begin, int64_t end) {
    uint64_t n_sent = 0, n_clients = (uint64_t)o.clients;
    for (int64_t now; (now = now_ns()) < end;) {
        bool is_due = o.rate > 0 ? (double)(now - begin) / 1e9 * o.rate >= (double)n_sent
                                 : n_sent - n_deliveries / n_clients < (uint64_t)o.in_flight;
        if (is_due && *o.publish) {
            publish(publisher);
            n_sent++;
        } else {
            turn(1, take_frames);
        }
    }
    return n_sent;
}

static Client *open_clients(int n) {
    char head[REQUEST_MAX];
    Client *clients = calloc((size_t)n, sizeof *clients);
    latencies_us = calloc(SAMPLES_MAX, sizeof *latencies_us);
    print_head(head, o.ws_path, true);
    for (int i = 0; i < n; i++) {
        clients[i].fd = open_ws(head);
        if (*o.subscribe) send_text(clients[i].fd, o.subscribe, strlen(o.subscribe));
        watch(&clients[i]);
    }
    return clients;
}

static void await_live(uint64_t n) {
    int64_t end = now_ns() + (int64_t)DRAIN_MS * 1000000;
    while (*o.subscribe && n_live < n && now_ns() < end) turn(10, take_frames);
    if (*o.subscribe && n_live < n) die("not every subscriber went live");
}

static int open_publisher(const Client *clients) {
    char head[REQUEST_MAX];
    if (!*o.publish_path) return clients[0].fd;
    print_head(head, o.publish_path, true);
    return open_ws(head);
}

/* One new client replays a whole stream. */
static void run_replay(void) {
    int64_t begin = now_ns(), cpu = server_cpu_ns();
    open_clients(1);
    await_live(1);
    double seconds = (double)(now_ns() - begin) / 1e9;
    cpu = server_cpu_ns() - cpu;
    printf("{\"events\":%llu,\"bytes\":%llu,\"seconds\":%.4f,\"per_second\":%.0f,\"cpu_seconds\":%.4f}\n",
           (unsigned long long)n_frames, (unsigned long long)n_bytes, seconds, (double)n_frames / seconds,
           (double)cpu / 1e9);
}

static void run_fan(void) {
    int n = (int)o.clients;
    Client *clients = open_clients(n);
    await_live((uint64_t)n);
    int publisher = open_publisher(clients);
    settle(drive(publisher, now_ns(), now_ns() + 200000000) * (uint64_t)n);
    n_deliveries = n_samples = n_frames = n_bytes = 0;
    int64_t begin = now_ns(), cpu = server_cpu_ns();
    uint64_t n_sent = drive(publisher, begin, begin + (int64_t)(o.seconds * 1e9));
    double wall = (double)(now_ns() - begin);
    settle(n_sent * (uint64_t)n);
    cpu = server_cpu_ns() - cpu;
    qsort(latencies_us, n_samples, sizeof *latencies_us, compare_us);
    printf(
        "{\"events\":%llu,\"deliveries\":%llu,\"missing\":%lld,\"per_cpu_second\":%.0f,\"p50_ms\":%.2f,\"p99_ms\":%.2f,"
        "\"core\":%.3f,\"rss_kib\":%ld,\"frame_bytes\":%.1f}\n",
        (unsigned long long)n_sent, (unsigned long long)n_deliveries,
        *o.publish ? (long long)(n_sent * (uint64_t)n - n_deliveries) : 0LL, (double)n_deliveries / ((double)cpu / 1e9),
        percentile(0.5), percentile(0.99), (double)cpu / wall, server_rss_kib(),
        n_frames ? (double)n_bytes / (double)n_frames : 0);
}

static bool read_flag(const char *name, const char *value) {
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        if (strcmp(flags[i].name, name) != 0) continue;
        if (flags[i].text)
            *flags[i].text = value;
        else
            *flags[i].number = strtod(value, NULL);
        return true;
    }
    return false;
}

static const struct {
    const char *name;
    void (*run)(void);
} modes[] = {{"get", run_get}, {"fan", run_fan}, {"replay", run_replay}};

int main(int argc, char **argv) {
    struct rlimit files;
    void (*run)(void) = NULL;
    for (size_t i = 0; argc > 1 && i < sizeof modes / sizeof modes[0]; i++)
        if (strcmp(argv[1], modes[i].name) == 0) run = modes[i].run;
    for (int i = 2; i < argc; i += 2) {
        if (i + 1 < argc && read_flag(argv[i], argv[i + 1])) continue;
        fprintf(stderr, "net-load: unknown option %s, or its value is missing\n", argv[i]);
        return 2;
    }
    if (!run || o.port == 0 || o.pid == 0) {
        fprintf(stderr, "usage: net-load get|fan|replay --port P --pid SERVER [options]\n");
        return 2;
    }
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    run();
    return 0;
}
