/* See requirement.h. */
#include "eye_control/requirement.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text_cut.h"
#include "base/vec.h"
#include "sys/file.h"
#include "sys/process.h"

SHAPE_DEFINE(EyeRequirement, EYE_REQUIREMENT);
SHAPE_DEFINE(EyeRequirements, EYE_REQUIREMENTS);

enum { HELPER_MS = 4000, OUTPUT_MAX = 16 << 10, SHARED_MIN_MIB = 256 };

typedef struct Check {
    const App *app;
    Arena *arena;
    EyeRequirements *out;
    VEC(EyeRequirement) rows;
} Check;

static void add(Check *c, EyeRequirement r) {
    if (!r.found.p) r.found = STR("");
    if (r.ok) r.instead = (Str){0};
    vec_push(&c->rows, r);
}

bool version_is_at_least(Str text, int major, int minor) {
    char *end = NULL, small[32];
    snprintf(small, sizeof small, STR_FMT, STR_ARG(str_upto(text, sizeof small - 1)));
    long have = strtol(small, &end, 10), have_minor = 0;
    if (end == small) return false;
    if (*end == '.') have_minor = strtol(end + 1, NULL, 10);
    return have > major || (have == major && have_minor >= minor);
}

/* The output of a short-lived program; {NULL,0}: it is not there, or failed. */
static Str output_of(Arena *a, const char *const *argv, bool wants_err) {
    const char *path = getenv("PATH");
    const char *const envp[] = {arena_fmt(a, "PATH=%s", path && *path ? path : "/usr/bin:/bin").p, "LC_ALL=C", NULL};
    ProcessSpec s = {.argv = argv, .envp = envp, .timeout_ms = HELPER_MS, .output_max = OUTPUT_MAX};
    CLEANUP(process_result_done) ProcessResult r = {0};
    Err e = {0};
    if (process_run(&s, &r, &e) < 0 || r.exit_code != 0) return (Str){0};
    return text_clean(a, arena_str(a, buf_str(wants_err ? &r.err : &r.out)), OUTPUT_MAX);
}

/* --- the kernel and memory --- */

static void check_kernel(Check *c) {
    struct utsname u;
    Str version = uname(&u) == 0 ? arena_str(c->arena, str(u.release)) : STR("");
    c->out->kernel_version = version;
    add(c, (EyeRequirement){.id = STR("kernel"),
                            .name = STR("Linux kernel"),
                            .ok = version_is_at_least(version, 5, 15),
                            .found = version,
                            .needed = STR("5.15 or later"),
                            .instead = STR("older kernels were not tried; nothing is switched off")});
}

static void check_sealing(Check *c) {
    CLEANUP(fd_closep) int fd = memfd_create("muster-check", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    bool ok = fd >= 0 && ftruncate(fd, 4096) == 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK) == 0;
    add(c, (EyeRequirement){.id = STR("sealing"),
                            .name = STR("Sealed shared memory"),
                            .ok = ok,
                            .found = ok ? STR("memfd with F_SEAL_SHRINK") : STR(""),
                            .needed = STR("memfd_create with F_ADD_SEALS"),
                            .instead = STR("frames are copied before they are handed on")});
}

static void check_shared(Check *c) {
    struct statvfs fs;
    bool is_known = statvfs("/dev/shm", &fs) == 0;
    uint64_t mib = is_known ? (uint64_t)fs.f_bavail * fs.f_frsize >> 20 : 0;
    add(c, (EyeRequirement){
               .id = STR("shared_memory"),
               .name = STR("Room in shared memory"),
               .ok = mib >= SHARED_MIN_MIB,
               .found = is_known ? arena_fmt(c->arena, "%llu MiB free in /dev/shm", (unsigned long long)mib) : STR(""),
               .needed = arena_fmt(c->arena, "%d MiB", SHARED_MIN_MIB),
               .instead = STR("programs that draw into /dev/shm may fail; make it larger")});
}

/* --- GPU --- */

/* The first by name that can be opened, which is the one that an eye takes. */
static Str render_node(Arena *a) {
    Str first = {0};
    CLEANUP(dir_closep) DIR *dir = opendir("/dev/dri");
    for (struct dirent *d; dir && (d = readdir(dir));) {
        if (strncmp(d->d_name, "renderD", 7) != 0) continue;
        Str path = arena_fmt(a, "/dev/dri/%s", d->d_name);
        CLEANUP(fd_closep) int fd = open(path.p, O_RDWR | O_CLOEXEC | O_NONBLOCK);
        if (fd >= 0 && (!first.n || strcmp(path.p, first.p) < 0)) first = path;
    }
    return first;
}

static void check_dmabuf(Check *c) {
    Str node = render_node(c->arena);
    c->out->dmabuf_support = node.n > 0;
    if (node.n) GIVE(EyeRequirements, c->out, drm_device, node);
    add(c,
        (EyeRequirement){
            .id = STR("dmabuf"),
            .name = STR("GPU memory without a copy (linux-dmabuf)"),
            .ok = node.n > 0,
            .found = node.n ? arena_fmt(c->arena, STR_FMT ", offered to programs in the layout LINEAR", STR_ARG(node))
                     : access("/dev/dri", F_OK) == 0 ? STR("/dev/dri, but no render node that may be opened")
                                                     : STR(""),
            .needed = STR("a render node, /dev/dri/renderD…"),
            .instead = STR("frames are handed on in shared memory, also without a copy")});
}

/* "Model:  NVIDIA H100" of the first file in /proc/driver/nvidia/gpus. */
static Str name_by_proc(Arena *a) {
    CLEANUP(dir_closep) DIR *dir = opendir("/proc/driver/nvidia/gpus");
    for (struct dirent *d; dir && (d = readdir(dir));) {
        CLEANUP(buf_done) Buf text;
        Err e = {0};
        buf_init(&text, OUTPUT_MAX);
        const char *path = arena_fmt(a, "/proc/driver/nvidia/gpus/%s/information", d->d_name).p;
        if (d->d_name[0] == '.' || file_read(AT_FDCWD, path, &text, &e) < 0) continue;
        Str rest = buf_str(&text);
        for (Str line; str_split(&rest, '\n', &line);)
            if (str_starts(line, STR("Model:"))) return text_clean(a, arena_str(a, str_trim(str_from(line, 6))), 200);
    }
    return (Str){0};
}

static GpuFacts ask_nvml(Check *c) {
    const char *argv[] = {arena_fmt(c->arena, "%s/muster", c->app->exe_dir).p, "gpu-facts", NULL};
    Str text = output_of(c->arena, argv, false);
    Json *root = NULL;
    GpuFacts f = {0};
    Err e = {0};
    if (!text.n || json_parse(c->arena, text, JSON_DEPTH_REQUEST, &root, &e) < 0) return f;
    if (shape_decode(&GpuFacts_shape, root, c->arena, &f, &e) < 0) f = (GpuFacts){0};
    return f;
}

/* The driver is asked only where its kernel module is: its library may be installed without. */
static void check_gpu(Check *c) {
    GpuFacts f = {0};
    if (access("/proc/driver/nvidia/version", R_OK) == 0) f = ask_nvml(c);
    Str name = f.name.n ? f.name : name_by_proc(c->arena);
    c->out->gpu_name = name.n ? name : STR("");
    c->out->cuda_version = f.cuda.n ? f.cuda : STR("");
    Str found = name;
    if (name.n && f.driver.n)
        found = arena_fmt(c->arena, STR_FMT ", driver " STR_FMT, STR_ARG(name), STR_ARG(f.driver));
    add(c,
        (EyeRequirement){.id = STR("gpu"),
                         .name = STR("NVIDIA GPU"),
                         .ok = name.n > 0,
                         .found = found,
                         .needed = STR("any, with its driver"),
                         .instead = STR("programs draw by software (llvmpipe), which limits their frames a second")});
    add(c, (EyeRequirement){.id = STR("cuda"),
                            .name = STR("CUDA"),
                            .ok = version_is_at_least(f.cuda, 11, 0),
                            .found = f.cuda,
                            .needed = STR("11.0 or later"),
                            .instead = STR("consumers read frames by the processor")});
}

/* --- programs --- */

static Str find_program(Arena *a, const char *name) {
    char path[4096];
    return process_find_program(str(name), getenv("PATH"), path, sizeof path) ? arena_str(a, str(path)) : (Str){0};
}

static void check_compositor(Check *c) {
    Str path = arena_fmt(c->arena, "%s/muster-eye", c->app->exe_dir);
    bool ok = access(path.p, X_OK) == 0;
    add(c, (EyeRequirement){.id = STR("compositor"),
                            .name = STR("muster-eye"),
                            .ok = ok,
                            .is_required = true,
                            .found = ok ? path : STR(""),
                            .needed = STR("beside muster"),
                            .instead = STR("install Muster again: no eye can be started")});
}

/* It prints its version to standard error: "X.Org X Server 1.22.1…", "Xwayland Version 22.1.9". */
static Str version_of(Str text) {
    size_t at;
    if (!str_find(text, STR("Version "), &at)) return (Str){0};
    Str rest = str_from(text, at + 8);
    size_t n = 0;
    while (n < rest.n && ((rest.p[n] >= '0' && rest.p[n] <= '9') || rest.p[n] == '.')) n++;
    return str_upto(rest, n);
}

static void check_xwayland(Check *c) {
    Str path = find_program(c->arena, "Xwayland");
    Str version = {0};
    if (path.n) version = version_of(output_of(c->arena, (const char *[]){path.p, "-version", NULL}, true));
    add(c, (EyeRequirement){
               .id = STR("xwayland"),
               .name = STR("Xwayland"),
               .ok = path.n > 0,
               .found = version.n ? arena_fmt(c->arena, STR_FMT ", version " STR_FMT, STR_ARG(path), STR_ARG(version))
                                  : path,
               .needed = STR("for games that speak X11 only"),
               .instead = STR("games with the route x11 cannot run; on Debian: apt install xwayland")});
}

static void check_encoder(Check *c) {
    Str path = find_program(c->arena, "ffmpeg");
    add(c, (EyeRequirement){
               .id = STR("encoder"),
               .name = STR("ffmpeg"),
               .ok = path.n > 0,
               .found = path,
               .needed = STR("to film an eye"),
               .instead =
                   STR("inputs can be recorded and replayed, videos cannot be made; on Debian: apt install ffmpeg")});
}

void requirements_check(const App *app, Arena *a, EyeRequirements *ret) {
    Check c = {.app = app, .arena = a, .out = ret};
    *ret = (EyeRequirements){.format = STR("ARGB8888"), .is_ready = true};
    check_compositor(&c);
    check_kernel(&c);
    check_sealing(&c);
    check_shared(&c);
    check_dmabuf(&c);
    check_gpu(&c);
    check_xwayland(&c);
    check_encoder(&c);
    vec_each(&c.rows, r) ret->is_ready = ret->is_ready && (r->ok || !r->is_required);
    vec_take(&c.rows, a, &ret->requirements);
}
