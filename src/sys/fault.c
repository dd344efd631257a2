#include "sys/fault.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "sys/crash_log.h"

static _Atomic int64_t armed;
static _Atomic int64_t seen;
static const char *counted_prefix = "";

void fault_arm(int64_t k, const char *prefix) {
    counted_prefix = prefix ? prefix : "";
    seen = 0;
    armed = k;
}

int64_t fault_seen(void) { return seen; }

/* Before main, so that no thread reads it half written. */
__attribute__((constructor)) static void arm_from_environment(void) {
    const char *spec = getenv("MUSTER_FAULT");
    Str rest = str(spec), k;
    int64_t number;
    if (!str_split(&rest, ':', &k) || !str_parse_i64(k, 1, INT64_MAX, &number)) return;
    fault_arm(number, rest.p);
}

bool fault_point(const char *name) {
    if (strncmp(name, counted_prefix, strlen(counted_prefix)) != 0) return false;
    if (atomic_fetch_add(&seen, 1) + 1 != armed) return false;
    crash_log_add(name);
    errno = EIO;
    return true;
}
