/* Room for what a launch writes: rows in the store, and its log in streams/, which may be a disk of its own. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct App App;
typedef struct Err Err;

enum { LAUNCH_FOLDER_MAX = 4096 };
typedef struct LaunchSpace {
    int64_t free_bytes; /* of the fuller of the two; -1: unknown */
    bool is_of_logs;
    char folder[LAUNCH_FOLDER_MAX]; /* on that one */
} LaunchSpace;

LaunchSpace launch_space(const char *home);
/* ERR_DISK_FULL, with the setting's name, when the free space does not allow another launch. */
int launch_check_space(App *app, Err *e);
