#include <errno.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "../../tests/harness/namespace.h"
#include "base/test.h"

static bool mount_small(const char *path, const char *options) {
    return mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV, options) == 0;
}

const char *test_disk(const char *name, const char *size) {
    static char path[512];
    char options[64];
    snprintf(path, sizeof path, "%s/%s", test_dir(), name);
    snprintf(options, sizeof options, "size=%s", size);
    CHECK(mkdir(path, 0700) == 0);
    if (mount_small(path, options)) return path;
    if (errno != EPERM || !namespace_enter() || !mount_small(path, options))
        test_skip("cannot mount a small disk: %s", strerror(errno));
    return path;
}

void test_disk_done(const char *path) { CHECK(umount2(path, MNT_DETACH) == 0); }
