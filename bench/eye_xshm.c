/* The peer of eye-client and eye-consumer on an X server (Xvfb), over the MIT-SHM extension:
 *
 *   eye-xshm draw [--width 1280] [--height 720]    one new line for each picture, XShmPutImage into a window of that size
 *   eye-xshm grab [--width 1280] [--height 720] [--seconds 2] [--pid SERVER]   XShmGetImage of the root; one line of JSON
 *
 * They take turns, so that the server copies each picture once in and once out: each says by a property of the root window
 * that it is the other's turn. A program that draws as fast as it can gets 5 ms of the server's time in a row, in which a
 * dozen pictures overwrite each other and count for nothing. XShmGetImage copies in the server, so there is no variant that
 * does not copy. */
#include <getopt.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/shm.h>

#include <X11/Xatom.h>
#include <X11/Xlib.h>
#include <X11/Xutil.h>
#include <X11/extensions/XShm.h>

#include "eye_figures.h"

typedef struct Picture {
    XImage *image;
    XShmSegmentInfo segment;
} Picture;

static struct {
    Display *display;
    Atom drawn, taken; /* properties of the root window */
    int width, height;
    long pid;
    double seconds;
    Picture picture;
} x = {.width = 1280, .height = 720, .seconds = 2};

static _Noreturn void die(const char *what) {
    fprintf(stderr, "eye-xshm: %s\n", what);
    exit(1);
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
}

/* ---- Turns ---- */

static void pass(Atom turn) {
    static const unsigned char nothing;
    XChangeProperty(x.display, DefaultRootWindow(x.display), turn, XA_INTEGER, 8, PropModeReplace, &nothing, 1);
    XFlush(x.display);
}

static void wait_for(Atom turn) {
    XEvent ev;
    do {
        XNextEvent(x.display, &ev);
    } while (ev.type != PropertyNotify || ev.xproperty.atom != turn);
}

/* ---- draw ---- */

static void draw(Window window, GC gc, Picture *p, long n) {
    long line = 1 + n % (x.height - 1);
    memset(p->image->data + line * p->image->bytes_per_line, (int)(n * 7), (size_t)p->image->bytes_per_line);
    stamp_put((uint8_t *)p->image->data, figures_now_ns());
    XShmPutImage(x.display, window, gc, p->image, 0, 0, 0, 0, (unsigned)x.width, (unsigned)x.height, False);
}

/* Until the server's end. */
static void run_draw(void) {
    Window window = XCreateSimpleWindow(x.display, DefaultRootWindow(x.display), 0, 0, (unsigned)x.width,
                                        (unsigned)x.height, 0, 0, 0);
    XMapWindow(x.display, window);
    GC gc = XCreateGC(x.display, window, 0, NULL);
    for (long n = 0;; n++) {
        draw(window, gc, &x.picture, n);
        pass(x.drawn);
        wait_for(x.taken);
    }
}

/* ---- grab ---- */

static void run_grab(void) {
    Picture *p = &x.picture;
    Samples took = {0};
    uint64_t last = 0;
    size_t n = 0;
    uint64_t begin = figures_now_ns(), now, cpu = figures_cpu_ns(x.pid);
    while ((now = figures_now_ns()) - begin < (uint64_t)(x.seconds * 1e9)) {
        pass(x.taken);
        wait_for(x.drawn);
        if (!XShmGetImage(x.display, DefaultRootWindow(x.display), p->image, 0, 0, AllPlanes)) die("XShmGetImage");
        now = figures_now_ns();
        uint64_t stamp = stamp_get((const uint8_t *)p->image->data, now);
        if (stamp == last) continue;
        samples_add(&took, stamp, now);
        n++;
        last = stamp;
    }
    cpu = figures_cpu_ns(x.pid) - cpu;
    if (n == 0) die("no frame came: does eye-xshm draw run?");
    printf("{\"frames\": %zu, \"seconds\": %.3f, \"frames_per_s\": %.1f", n, (double)(now - begin) / 1e9,
           (double)n * 1e9 / (double)(now - begin));
    if (x.pid) printf(", \"cpu_per_frame\": %.2f", (double)cpu / 1e3 / (double)n);
    samples_print("painted_to_mapped", &took);
    printf("}\n");
    free(took.us10);
}

int main(int argc, char **argv) {
    static const struct option options[] = {
        {"width", 1, NULL, 'w'}, {"height", 1, NULL, 'h'}, {"seconds", 1, NULL, 's'}, {"pid", 1, NULL, 'p'}, {0}};
    for (int o; (o = getopt_long(argc, argv, "", options, NULL)) >= 0;) {
        if (o == 'w') x.width = (int)strtol(optarg, NULL, 10);
        if (o == 'h') x.height = (int)strtol(optarg, NULL, 10);
        if (o == 's') x.seconds = strtod(optarg, NULL);
        if (o == 'p') x.pid = strtol(optarg, NULL, 10);
        if (o == '?') return 2;
    }
    if (optind != argc - 1 || x.width < 2 || x.height < 2 || x.width > 16384 || x.height > 16384)
        die("usage: eye-xshm draw|grab [OPTIONS]");
    x.display = XOpenDisplay(NULL);
    if (!x.display) die("no X display");
    if (!XShmQueryExtension(x.display)) die("the server does not have MIT-SHM");
    x.drawn = XInternAtom(x.display, "_EYE_DRAWN", False);
    x.taken = XInternAtom(x.display, "_EYE_TAKEN", False);
    XSelectInput(x.display, DefaultRootWindow(x.display), PropertyChangeMask);
    make_picture(&x.picture);
    if (strcmp(argv[optind], "draw") == 0)
        run_draw();
    else if (strcmp(argv[optind], "grab") == 0)
        run_grab();
    else
        die("usage: eye-xshm draw|grab [OPTIONS]");
    XCloseDisplay(x.display);
    return 0;
}
