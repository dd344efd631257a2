/* wl_output version 4 and xdg_output: one output of one mode. */
#pragma once

#include "eye/surface.h"

struct Output {
    Eye *eye;
    struct wl_list resources, xdg_resources;
    int32_t width, height;
};

void output_init(Eye *eye);
void output_send_enter(Surface *s);
void output_resize(Eye *eye, int32_t width, int32_t height);
