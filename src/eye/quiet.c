/* See quiet.h. proc(5): the state is the first word after the last ')' of `stat`. */
#include "eye/quiet.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DEPTH_MAX = 16, CHILDREN_MAX = 8192 };

static ssize_t read_file(const char *path, char *room, size_t size) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return -1;
    ssize_t n = read(fd, room, size - 1);
    close(fd);
    if (n >= 0) room[n] = 0;
    return n;
}

static char state_of(const char *stat) {
    const char *end = strrchr(stat, ')');
    return end && end[1] == ' ' ? end[2] : '?';
}

static bool is_asleep(pid_t pid, int depth);

static bool are_children_asleep(pid_t pid, const char *task, int depth) {
    char path[64], list[CHILDREN_MAX];
    snprintf(path, sizeof path, "/proc/%d/task/%.16s/children", (int)pid, task);
    if (read_file(path, list, sizeof list) <= 0) return true;
    char *at = list;
    for (long child = strtol(at, &at, 10); child > 0; child = strtol(at, &at, 10)) {
        if (!is_asleep((pid_t)child, depth + 1)) return false;
    }
    return true;
}

static bool is_asleep(pid_t pid, int depth) {
    if (depth > DEPTH_MAX) return true;
    char path[64], stat[512];
    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *tasks = opendir(path);
    if (!tasks) return true;
    bool rests = true;
    for (struct dirent *d = readdir(tasks); d && rests; d = readdir(tasks)) {
        if (d->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "/proc/%d/task/%.16s/stat", (int)pid, d->d_name);
        if (read_file(path, stat, sizeof stat) <= 0) continue;
        rests = strchr("SZXTt", state_of(stat)) != NULL && are_children_asleep(pid, d->d_name, depth);
    }
    closedir(tasks);
    return rests;
}

bool quiet_is_asleep(pid_t pid) { return pid <= 0 || is_asleep(pid, 0); }

void quiet_describe(pid_t pid, char *ret, size_t size) {
    char path[64], stat[512], place[128];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    if (read_file(path, stat, sizeof stat) <= 0) {
        snprintf(ret, size, "its program is gone");
        return;
    }
    snprintf(path, sizeof path, "/proc/%d/wchan", (int)pid);
    if (read_file(path, place, sizeof place) <= 0 || !strcmp(place, "0")) place[0] = 0;
    switch (state_of(stat)) {
    case 'R': snprintf(ret, size, "the program's main thread is running"); break;
    case 'T':
    case 't': snprintf(ret, size, "the program is stopped by a signal"); break;
    case 'D': snprintf(ret, size, "the program's main thread waits for a disk"); break;
    case 'Z': snprintf(ret, size, "the program has ended"); break;
    default:
        snprintf(ret, size, "the program's main thread sleeps%s%s", place[0] ? " in " : "", place);
    }
}
