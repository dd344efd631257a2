/* The peer of eye-client and eye-consumer on an X server (Xvfb), over the MIT-SHM extension:
 *
 *   eye-xshm draw [--width 1280] [--height 720] [--frames N]   three images, one new line each, XShmPutImage; each is drawn into
 *                                                              again when the server says that it has taken it
 *   eye-xshm grab [--width 1280] [--height 720] [--seconds 2] [--pid SERVER]   XShmGetImage of the root, as fast as it goes; a frame
 *                                                              counts when its stamp is another one; one line of JSON
 *
 * XShmGetImage copies in the server, so there is no variant that does not copy. */
#include <dirent.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <time.h>

#include <X11/Xlib.h>
#include <X11/Xutil.h>
#include <X11/extensions/XShm.h>

enum { IMAGES = 3, SAMPLES_MAX = 1 << 20 };

typedef struct Picture {
    XImage *image;
    XShmSegmentInfo segment;
    bool is_free;
} Picture;

static struct {
    Display *display;
    int width, height;
    long frames, pid;
    double seconds;
    Picture pictures[IMAGES];
} x = {.width = 1280, .height = 720, .seconds = 2};

static _Noreturn void die(const char *what) {
    fprintf(stderr, "eye-xshm: %s\n", what);
    exit(1);
}

static uint64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static uint64_t cpu_ns(long pid) {
    char path[64];
    uint64_t sum = 0;
    snprintf(path, sizeof path, "/proc/%ld/task", pid);
    DIR *tasks = pid ? opendir(path) : NULL;
    if (!tasks) return 0;
    for (struct dirent *d; (d = readdir(tasks));) {
        char name[352];
        unsigned long long ns = 0;
        snprintf(name, sizeof name, "%s/%s/schedstat", path, d->d_name);
        FILE *f = d->d_name[0] == '.' ? NULL : fopen(name, "r");
        if (f && fscanf(f, "%llu", &ns) == 1) sum += ns;
        if (f) fclose(f);
    }
    closedir(tasks);
    return sum;
}

static void make_picture(Picture *p) {
    int screen = DefaultScreen(x.display);
    p->image = XShmCreateImage(x.display, DefaultVisual(x.display, screen), (unsigned)DefaultDepth(x.display, screen),
                               ZPixmap, NULL, &p->segment, (unsigned)x.width, (unsigned)x.height);
    if (!p->image || p->image->bits_per_pixel != 32)
        die("the server has no pictures of 32 bits a pixel in shared memory");
    p->segment.shmid = shmget(IPC_PRIVATE, (size_t)p->image->bytes_per_line * (size_t)x.height, IPC_CREAT | 0600);
    if (p->segment.shmid < 0) die("shmget");
    p->segment.shmaddr = p->image->data = shmat(p->segment.shmid, NULL, 0);
    XShmAttach(x.display, &p->segment);
    XSync(x.display, False);
    shmctl(p->segment.shmid, IPC_RMID, NULL); /* goes with its last user */
    memset(p->image->data, 0x40, (size_t)p->image->bytes_per_line * (size_t)x.height);
    p->is_free = true;
}

/* ---- draw ---- */

static void draw(Window window, GC gc, Picture *p, long n) {
    long line = 1 + n % (x.height - 1);
    memset(p->image->data + line * p->image->bytes_per_line, (int)(n * 7), (size_t)p->image->bytes_per_line);
    p->is_free = false;
    uint64_t stamp = now_ns();
    memcpy(p->image->data, &stamp, sizeof stamp);
    XShmPutImage(x.display, window, gc, p->image, 0, 0, 0, 0, (unsigned)x.width, (unsigned)x.height, True);
    XFlush(x.display);
}

static void on_event(int completed) {
    XEvent ev;
    XNextEvent(x.display, &ev);
    if (ev.type != completed) return;
    for (int i = 0; i < IMAGES; i++) {
        if (x.pictures[i].segment.shmseg == ((XShmCompletionEvent *)&ev)->shmseg) x.pictures[i].is_free = true;
    }
}

static void run_draw(void) {
    int completed = XShmGetEventBase(x.display) + ShmCompletion;
    Window window = XCreateSimpleWindow(x.display, DefaultRootWindow(x.display), 0, 0, (unsigned)x.width,
                                        (unsigned)x.height, 0, 0, 0);
    XMapWindow(x.display, window);
    XSync(x.display, False);
    GC gc = XCreateGC(x.display, window, 0, NULL);
    for (int i = 0; i < IMAGES; i++) make_picture(&x.pictures[i]);
    for (long n = 0; x.frames == 0 || n < x.frames; n++) {
        Picture *p = &x.pictures[n % IMAGES];
        while (!p->is_free || XPending(x.display)) on_event(completed);
        draw(window, gc, p, n);
    }
    XSync(x.display, False);
}

/* ---- grab ---- */

static int compare(const void *a, const void *b) {
    uint32_t p = *(const uint32_t *)a, q = *(const uint32_t *)b;
    return p < q ? -1 : p > q;
}

static void run_grab(void) {
    Picture *p = &x.pictures[0];
    Window root = DefaultRootWindow(x.display);
    uint32_t *took = calloc(SAMPLES_MAX, sizeof *took);
    uint64_t last = 0, stamp;
    size_t n = 0, n_grabs = 0;
    make_picture(p);
    if (!took) die("out of memory");
    uint64_t begin = now_ns(), now, cpu = cpu_ns(x.pid);
    while ((now = now_ns()) - begin < (uint64_t)(x.seconds * 1e9)) {
        if (!XShmGetImage(x.display, root, p->image, 0, 0, AllPlanes)) die("XShmGetImage");
        n_grabs++;
        memcpy(&stamp, p->image->data, sizeof stamp);
        if (stamp == last) continue;
        now = now_ns();
        if (last && n < SAMPLES_MAX && stamp <= now && now - stamp < 10000000000)
            took[n++] = (uint32_t)((now - stamp) / 100);
        last = stamp;
    }
    cpu = cpu_ns(x.pid) - cpu;
    if (n == 0) die("no frame came: does eye-xshm draw run?");
    qsort(took, n, sizeof *took, compare);
    printf("{\"frames\": %zu, \"grabs\": %zu, \"seconds\": %.3f, \"frames_per_s\": %.1f", n, n_grabs,
           (double)(now - begin) / 1e9, (double)n * 1e9 / (double)(now - begin));
    if (x.pid) printf(", \"cpu_per_frame\": %.2f", (double)cpu / 1e3 / (double)n);
    printf(", \"painted_to_mapped\": {\"p50\": %.1f, \"p99\": %.1f, \"max\": %.1f}}\n", took[n / 2] / 10.0,
           took[n * 99 / 100] / 10.0, took[n - 1] / 10.0);
    free(took);
}

int main(int argc, char **argv) {
    static const struct option options[] = {{"width", 1, NULL, 'w'},  {"height", 1, NULL, 'h'},
                                            {"frames", 1, NULL, 'f'}, {"seconds", 1, NULL, 's'},
                                            {"pid", 1, NULL, 'p'},    {0}};
    for (int o; (o = getopt_long(argc, argv, "", options, NULL)) >= 0;) {
        if (o == 'w') x.width = (int)strtol(optarg, NULL, 10);
        if (o == 'h') x.height = (int)strtol(optarg, NULL, 10);
        if (o == 'f') x.frames = strtol(optarg, NULL, 10);
        if (o == 's') x.seconds = strtod(optarg, NULL);
        if (o == 'p') x.pid = strtol(optarg, NULL, 10);
        if (o == '?') return 2;
    }
    if (optind != argc - 1 || x.width < 2 || x.height < 2 || x.width > 16384 || x.height > 16384)
        die("usage: eye-xshm draw|grab [OPTIONS]");
    x.display = XOpenDisplay(NULL);
    if (!x.display) die("no X display");
    if (!XShmQueryExtension(x.display)) die("the server does not have MIT-SHM");
    if (strcmp(argv[optind], "draw") == 0)
        run_draw();
    else if (strcmp(argv[optind], "grab") == 0)
        run_grab();
    else
        die("usage: eye-xshm draw|grab [OPTIONS]");
    XCloseDisplay(x.display);
    return 0;
}
