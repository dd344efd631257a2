/* The Synthetic Eye: a headless Wayland compositor that hands each frame of one program to consumers without a copy.
 *
 * One thread runs everything but the encoder of the view (view.h): libwayland's event loop serves clients, consumers, the
 * lines on standard input, children and timers. Nothing in it blocks.
 *
 * A frame goes: wl_surface.commit → surface.c (state) → present.c (which picture, which path) → step.c (does it end a
 * step) → frame.c (who gets it) → consumer.c (bytes). It draws nothing itself unless a client's picture consists of several
 * surfaces (compose.c), or there is no client (pattern.c).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <wayland-server-core.h>

#include "base/err.h"
#include "base/eyereport.h"
#include "base/list.h"
#include "base/vec.h"

typedef struct Buffer Buffer;
typedef struct Clock Clock;
typedef struct Consumers Consumers;
typedef struct DataDevices DataDevices;
typedef struct Dmabuf Dmabuf;
typedef struct Frames Frames;
typedef struct Lines Lines;
typedef struct Output Output;
typedef struct Pattern Pattern;
typedef struct Program Program;
typedef struct Recorder Recorder;
typedef struct Ring Ring;
typedef struct Seat Seat;
typedef struct Stats Stats;
typedef struct Step Step;
typedef struct Surface Surface;
typedef struct Video Video;
typedef struct Views Views;
typedef struct Xwayland Xwayland;

/* What an eye consists of; each part is owned by it and documented in its header. */
typedef struct Eye {
    struct wl_display *display;
    struct wl_event_loop *loop;
    EyeConfig config;
    char folder[108];      /* of sockets and the clock's page; ours alone */
    char wayland_name[32]; /* of the Wayland socket in it */
    Output *output;
    Seat *seat;
    DataDevices *data_devices;
    Dmabuf *dmabuf;         /* NULL: no render node can be opened */
    const char *dri_folder; /* of render nodes; NULL: /dev/dri */
    Clock *clock;           /* NULL: the program reads the machine's clocks */
    Frames *frames;
    Step *step;
    Ring *ring;
    Consumers *consumers;
    Views *views;
    Recorder *recorder;
    Video *video;
    Program *program;
    Pattern *pattern;   /* NULL: there is a program */
    Xwayland *xwayland; /* NULL: the program speaks Wayland */
    Lines *lines;
    Stats *stats;
    List clients; /* Client.link */
    struct wl_listener on_client;
    struct wl_protocol_logger *logger; /* reports what clients do wrong (client.c) */
    List pools;                        /* Pool.link */
    List buffers;                      /* Buffer.link */
    List surfaces;                     /* Surface.link, in the order of their creation */
    List toplevels;                    /* Toplevel.link: the window that is shown first */
    List popups;                       /* Popup.link */
    List fences;                       /* FenceWait.link */
    Surface *shown;                    /* the main surface of the window that is shown; NULL: none */
    uint64_t generation;
    uint32_t n_buffers, n_pools; /* ids given */
    bool is_ending;
    VEC(struct wl_event_source *) sources; /* that last as long as the eye */
} Eye;

uint64_t eye_now_ns(void);            /* CLOCK_MONOTONIC */
uint32_t eye_time_ms(const Eye *eye); /* of input events and callbacks: virtual where there is such a clock */
/* A descriptor, timer or signal that is watched as long as the eye lives. */
struct wl_event_source *eye_watch(Eye *eye, struct wl_event_source *source);
void eye_end(Eye *eye); /* leaves the loop in its next turn */
/* A new generation: consumers drop what they have not finished. `reason`: EyeAbiResetReason. */
void eye_reset(Eye *eye, int reason);
