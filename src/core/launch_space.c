/* See launch_space.h. */
#include "core/launch_space.h"

#include <stdio.h>
#include <sys/stat.h>

#include "base/err.h"
#include "core/app.h"
#include "core/setting.h"
#include "sys/file.h"

static bool has_own_disk(const char *home, const char *folder) {
    struct stat at, below;
    return stat(home, &at) == 0 && stat(folder, &below) == 0 && at.st_dev != below.st_dev;
}

LaunchSpace launch_space(const char *home) {
    LaunchSpace s = {.free_bytes = file_free_bytes(home)};
    snprintf(s.folder, sizeof s.folder, "%s/streams", home);
    int64_t of_logs = has_own_disk(home, s.folder) ? file_free_bytes(s.folder) : -1;
    s.is_of_logs = of_logs >= 0 && (s.free_bytes < 0 || of_logs < s.free_bytes);
    if (s.is_of_logs)
        s.free_bytes = of_logs;
    else
        snprintf(s.folder, sizeof s.folder, "%s", home);
    return s;
}

int launch_check_space(App *app, Err *e) {
    LaunchSpace s = launch_space(app->home);
    int64_t min_mib = setting_i64(app->settings, SET_LAUNCH_MIN_FREE_MIB);
    if (s.free_bytes < 0 || s.free_bytes >= min_mib << 20) return 0;
    return err_fail(e, ERR_DISK_FULL, "the %s has %lld MiB free; launch.min_free_mib asks for %lld",
                    s.is_of_logs ? "disk of the data folder's streams" : "data folder", (long long)(s.free_bytes >> 20),
                    (long long)min_mib);
}
