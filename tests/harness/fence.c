#include "fence.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "namespace.h"

static bool is_below(const char *path, const char *root) {
    size_t n = strlen(root);
    return strncmp(path, root, n) == 0 && (path[n] == '/' || path[n] == 0);
}

static bool stays_writable(const char *path, const char *home) {
    return is_below(path, home) || is_below(path, "/proc") || is_below(path, "/sys") || is_below(path, "/dev");
}

/* proc(5) writes space, tab, newline and backslash of a path as three octal digits. */
static void unescape(char *path) {
    char *to = path;
    for (const char *from = path; *from;) {
        unsigned byte;
        if (from[0] == '\\' && sscanf(from + 1, "%3o", &byte) == 1) {
            *to++ = (char)byte;
            from += 4;
        } else {
            *to++ = *from++;
        }
    }
    *to = 0;
}

/* Every mount except the writable ones. One at a time, because a recursive change would have to be reverted below
 * /proc, which the kernel refuses for mounts that a container has locked. */
static bool make_read_only(const char *home) {
    struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY};
    bool saw_root = false;
    char line[2 * PATH_MAX], path[PATH_MAX];
    FILE *f = fopen("/proc/self/mountinfo", "re");
    while (f && fgets(line, sizeof line, f)) {
        if (sscanf(line, "%*s %*s %*s %*s %4095s", path) != 1) continue;
        unescape(path);
        if (stays_writable(path, home)) continue;
        if (mount_setattr(AT_FDCWD, path, 0, &attr, sizeof attr) == 0 && strcmp(path, "/") == 0) saw_root = true;
    }
    if (f) fclose(f);
    return saw_root;
}

const char *fence_raise(const char *home) {
    if (!namespace_enter()) return "no mount namespace";
    if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) return strerror(errno);
    if (mount(home, home, NULL, MS_BIND | MS_REC, NULL) < 0) return strerror(errno);
    if (mount("shm", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777") < 0) return "no private /dev/shm";
    if (!make_read_only(home)) return "the root is not a mount of its own";
    /* Paths opened before still refer to the mount below; the command must start on the new one. */
    char cwd[PATH_MAX];
    if (!getcwd(cwd, sizeof cwd) || chdir(cwd) < 0) return "no working folder";
    namespace_hand_on_rights();
    return NULL;
}

size_t fence_leftovers(FILE *out) {
    size_t n = 0;
    DIR *d = opendir("/dev/shm");
    for (struct dirent *entry; d && (entry = readdir(d));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        fprintf(out, "muster-reap: left behind: /dev/shm/%s\n", entry->d_name);
        n++;
    }
    if (d) closedir(d);
    return n;
}
