/* muster-eye: reads its orders from standard input and reports on standard output (base/eyeline.h); `muster-eye --version`;
 * `muster-eye pattern` is a program for an eye. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "eye/client.h"
#include "eye/clock.h"
#include "eye/consumer.h"
#include "eye/data_device.h"
#include "eye/extras.h"
#include "eye/frame.h"
#include "eye/guard.h"
#include "eye/lines.h"
#include "eye/output.h"
#include "eye/pattern.h"
#include "eye/presentation.h"
#include "eye/program.h"
#include "eye/record.h"
#include "eye/ring.h"
#include "eye/seat.h"
#include "eye/shm.h"
#include "eye/stats.h"
#include "eye/step.h"
#include "eye/subsurface.h"
#include "eye/view.h"
#include "eye/xdg.h"
#include "eye/xwayland.h"

enum { BASE_MAX = 64 }; /* with the folder and the name of a socket it stays below the 107 bytes of an address */

/* A folder of its own in the system's temporary folder, for this user alone (DECISIONS of the design: a path that is short
 * enough for sockets, whatever the data folder is called). */
static int make_folder(Eye *eye, Err *e) {
    const char *base = getenv("TMPDIR");
    if (!base || base[0] != '/' || strlen(base) > BASE_MAX) base = "/tmp";
    for (int tries = 0; tries < 16; tries++) {
        uint32_t number;
        if (getrandom(&number, sizeof number, 0) != sizeof number) break;
        snprintf(eye->folder, sizeof eye->folder, "%s/muster-%u-%08x", base, (unsigned)getuid(), number);
        if (mkdir(eye->folder, 0700) == 0) return 0;
        if (errno != EEXIST) break;
    }
    return err_sys(e, "no folder for sockets can be made in %s", base);
}

static int listen_wayland(Eye *eye, Err *e) {
    setenv("XDG_RUNTIME_DIR", eye->folder, 1);
    snprintf(eye->wayland_name, sizeof eye->wayland_name, "wayland-0");
    if (wl_display_add_socket(eye->display, eye->wayland_name) < 0)
        return err_sys(e, "the Wayland socket cannot be made");
    return 0;
}

static int start(Eye *eye, Err *e) {
    eye->display = wl_display_create();
    if (!eye->display) return err_sys(e, "no Wayland display can be made");
    eye->loop = wl_display_get_event_loop(eye->display);
    lines_init(eye);
    TRY(make_folder(eye, e));
    TRY(listen_wayland(eye, e));
    clients_init(eye);
    frames_init(eye);
    step_init(eye);
    ring_init(eye);
    stats_init(eye);
    program_init(eye);
    xwayland_init(eye);
    recorder_init(eye);
    TRY(program_make_clock(eye, e));
    output_init(eye);
    shm_init(eye);
    surfaces_init(eye);
    subsurfaces_init(eye);
    xdg_init(eye);
    data_device_init(eye);
    TRY(seat_init(eye, e));
    presentation_init(eye);
    extras_init(eye);
    TRY(consumers_init(eye, e));
    return views_init(eye, e);
}

static void say_hello(Eye *eye) {
    char paths[4][160];
    const char *const names[] = {eye->wayland_name, "eye.sock", NULL, "view.sock"};
    for (int i = 0; i < 4; i++) snprintf(paths[i], sizeof paths[i], "%s/%s", eye->folder, names[i] ? names[i] : "");
    EyeHelloLine line = {.protocol = EYE_PROTOCOL,
                         .pid = getpid(),
                         .wayland = str(paths[0]),
                         .socket = str(paths[1]),
                         .frame_socket = str(eye->consumers->path[1]),
                         .view_socket = str(paths[3])};
    lines_report(eye, "hello", &EyeHelloLine_shape, &line);
}

static int on_signal(int number, void *data) {
    (void)number;
    eye_end(data);
    return 0;
}

static void finish(Eye *eye) {
    eye->is_ending = true;
    eye_reset(eye, EYE_RESET_DOWN);
    recorder_done(eye);
    clock_free(eye->clock);
    eye->clock = NULL;
    if (eye->program->pid) kill(-eye->program->pid, SIGKILL);
    xwayland_stop(eye);
    consumers_done(eye);
    views_done(eye);
    wl_display_destroy_clients(eye->display);
    wl_event_loop_dispatch_idle(eye->loop);
    vec_each(&eye->sources, source) wl_event_source_remove(*source);
    char path[160];
    static const char *const left[] = {"wayland-0", "wayland-0.lock", ""};
    wl_display_destroy(eye->display);
    for (size_t i = 0; i < COUNT_OF(left); i++) {
        snprintf(path, sizeof path, "%s/%s", eye->folder, left[i]);
        if (i + 1 < COUNT_OF(left))
            unlink(path);
        else
            rmdir(eye->folder);
    }
}

int main(int argc, char **argv) {
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        printf("muster-eye %s, protocol %d\n", MUSTER_VERSION, EYE_PROTOCOL);
        return 0;
    }
    if (argc == 2 && strcmp(argv[1], "pattern") == 0) return pattern_main();
    if (argc != 1) {
        fprintf(stderr, "usage: muster-eye < orders; `muster start_synthetic_eye` starts one\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    prctl(PR_SET_TIMERSLACK, 1);
    guard_init();
    static Eye eye = {.generation = 1}; /* what it holds is never freed: it lives as long as the process */
    Err e = {0};
    int r = lines_begin(&eye, &e);
    if (r == 0) r = start(&eye, &e);
    if (r < 0) {
        lines_error(&eye, "%s", e.text);
        fprintf(stderr, "muster-eye: %s\n", e.text);
        return 1;
    }
    eye_watch(&eye, wl_event_loop_add_signal(eye.loop, SIGTERM, on_signal, &eye));
    eye_watch(&eye, wl_event_loop_add_signal(eye.loop, SIGINT, on_signal, &eye));
    say_hello(&eye);
    if (program_start(&eye, &e) < 0) lines_error(&eye, "%s", e.text);
    wl_display_run(eye.display);
    finish(&eye);
    return 0;
}
