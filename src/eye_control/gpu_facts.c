/* See requirement.h: NVML, loaded at run time (nvml.h of the CUDA toolkit describes these functions). */
#include <dlfcn.h>
#include <stdio.h>

#include "base/mem.h"
#include "eye_control/requirement.h"

SHAPE_DEFINE(GpuFacts, GPU_FACTS);

enum { NVML_TEXT = 96 };

typedef struct Nvml {
    int (*init)(void);
    int (*driver)(char *out, unsigned size);
    int (*cuda)(int *ret);
    int (*device)(unsigned index, void **ret);
    int (*name)(void *device, char *out, unsigned size);
} Nvml;

static void *symbol(void *library, const char *name) { return library ? dlsym(library, name) : NULL; }

/* POSIX lets a pointer of dlsym stand for a function. */
#define FIND(library, member, name) (*(void **)&(member) = symbol(library, name))

static bool load(Nvml *n) {
    void *library = dlopen("libnvidia-ml.so.1", RTLD_NOW | RTLD_LOCAL);
    FIND(library, n->init, "nvmlInit_v2");
    FIND(library, n->driver, "nvmlSystemGetDriverVersion");
    FIND(library, n->cuda, "nvmlSystemGetCudaDriverVersion_v2");
    FIND(library, n->device, "nvmlDeviceGetHandleByIndex_v2");
    FIND(library, n->name, "nvmlDeviceGetName");
    return n->init && n->init() == 0;
}

int gpu_facts_main(void) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    CLEANUP(buf_done) Buf out;
    Nvml n = {0};
    GpuFacts f = {0};
    char text[NVML_TEXT] = "", name[NVML_TEXT] = "";
    int cuda = 0;
    void *device = NULL;
    buf_init(&out, 4096);
    if (load(&n)) {
        if (n.driver && n.driver(text, sizeof text) == 0) GIVE(GpuFacts, &f, driver, str(text));
        if (n.cuda && n.cuda(&cuda) == 0)
            GIVE(GpuFacts, &f, cuda, arena_fmt(a, "%d.%d", cuda / 1000, cuda % 1000 / 10));
        if (n.device && n.name && n.device(0, &device) == 0 && n.name(device, name, sizeof name) == 0)
            GIVE(GpuFacts, &f, name, str(name));
    }
    JsonOut o = json_out(&out);
    shape_encode(&GpuFacts_shape, &f, &o);
    printf(STR_FMT "\n", STR_ARG(buf_str(&out)));
    return 0;
}
