/* muster-eye: reads its orders from standard input and reports on standard output (base/eyeline.h); `muster-eye --version`. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "eye/child.h"
#include "eye/consumer.h"
#include "eye/env_file.h"
#include "eye/guard.h"
#include "eye/lines.h"
#include "eye/parts.h"
#include "eye/pattern.h"
#include "eye/program.h"

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

int main(int argc, char **argv) {
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        printf("muster-eye %s, protocol %d\n", MUSTER_VERSION, EYE_PROTOCOL);
        return 0;
    }
    if (argc != 1) {
        fprintf(stderr, "usage: muster-eye < orders; `muster start_synthetic_eye` starts one\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    prctl(PR_SET_TIMERSLACK, 1);
    child_raise_limits();
    guard_init();
    Eye eye = {.generation = 1};
    Err e = {0};
    int r = lines_begin(&eye, STDIN_FILENO, STDOUT_FILENO, &e);
    if (r == 0) r = parts_open(&eye, &e);
    if (r < 0) {
        lines_error(&eye, "%s", e.text);
        fprintf(stderr, "muster-eye: %s\n", e.text);
        return 1;
    }
    eye_watch(&eye, wl_event_loop_add_signal(eye.loop, SIGTERM, on_signal, &eye));
    eye_watch(&eye, wl_event_loop_add_signal(eye.loop, SIGINT, on_signal, &eye));
    say_hello(&eye);
    if (eye.config.program->route != EYE_ROUTE_X11) env_file_write(&eye); /* else when Xwayland is ready */
    if (program_start(&eye, &e) < 0) lines_error(&eye, "%s", e.text);
    pattern_start(&eye);
    wl_display_run(eye.display);
    parts_close(&eye);
    _exit(0); /* the parts of the eye live as long as the process, which gives them back */
}
