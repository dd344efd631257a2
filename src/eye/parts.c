/* See parts.h. */
#include "eye/parts.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "eye/client.h"
#include "eye/clock.h"
#include "eye/consumer.h"
#include "eye/data_device.h"
#include "eye/dmabuf.h"
#include "eye/env_file.h"
#include "eye/extras.h"
#include "eye/fence.h"
#include "eye/frame.h"
#include "eye/lines.h"
#include "eye/output.h"
#include "eye/presentation.h"
#include "eye/program.h"
#include "eye/record.h"
#include "eye/ring.h"
#include "eye/seat.h"
#include "eye/shm.h"
#include "eye/stats.h"
#include "eye/step.h"
#include "eye/subsurface.h"
#include "eye/video.h"
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

int parts_open(Eye *eye, Err *e) {
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
    video_init(eye);
    TRY(program_make_clock(eye, e));
    output_init(eye);
    shm_init(eye);
    list_init(&eye->fences);
    dmabuf_init(eye, eye->dri_folder ? eye->dri_folder : "/dev/dri");
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

void parts_close(Eye *eye) {
    eye->is_ending = true;
    eye_reset(eye, EYE_RESET_DOWN);
    recorder_done(eye);
    video_done(eye);
    clock_free(eye->clock);
    eye->clock = NULL;
    if (eye->program->pid) kill(-eye->program->pid, SIGKILL);
    xwayland_stop(eye);
    env_file_remove(eye);
    consumers_done(eye);
    views_done(eye);
    wl_display_destroy_clients(eye->display);
    fences_done(eye);
    wl_protocol_logger_destroy(eye->logger);
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
