/* What a Synthetic Eye needs of this machine, and what it makes do with: the check of source 000 and the reasons. */
#pragma once

#include "eye_control/eye_control.h"

enum { REQUIREMENTS_MAX = 32 };

#define EYE_REQUIREMENT(F, S)                                                  \
    F(S, STR, id, .max_bytes = 32, .doc = "A word for it")                     \
    F(S, STR, name, .max_bytes = 100, .doc = "What it is")                     \
    F(S, BOOL, ok, .doc = "It is as needed")                                   \
    F(S, BOOL, is_required, .doc = "Without it no eye can be started")         \
    F(S, STR, found, .max_bytes = 500, .doc = "What is there; empty: nothing") \
    F(S, STR, needed, .max_bytes = 200, .doc = "What would do")                \
    F(S, STR, instead, .opt = 1, .max_bytes = 500, .doc = "What is done without it, or what to do")
SHAPE(EyeRequirement, EYE_REQUIREMENT);

#define EYE_REQUIREMENTS(F, S)                                                                                  \
    F(S, STR, gpu_name, .max_bytes = 200, .doc = "Empty: none was found")                                       \
    F(S, STR, cuda_version, .max_bytes = 32, .doc = "That the driver offers; empty: none")                      \
    F(S, STR, kernel_version, .max_bytes = 100, .doc = "Of Linux")                                              \
    F(S, BOOL, dmabuf_support, .doc = "A render node can be opened, so that programs can hand over GPU memory") \
    F(S, STR, drm_device, .opt = 1, .max_bytes = 200, .doc = "That render node")                                \
    F(S, STR, format, .max_bytes = 16, .doc = "Of frames, as the source names it")                              \
    F(S, BOOL, is_ready, .doc = "Everything that is required is there")                                         \
    F(S, LIST(EyeRequirement), requirements, .max = REQUIREMENTS_MAX, .doc = "One by one")
SHAPE(EyeRequirements, EYE_REQUIREMENTS);

/* Slow thread: reads /proc, /sys and /dev, and starts short-lived programs. Never fails: what cannot be found is empty. */
void requirements_check(const App *app, Arena *a, EyeRequirements *ret);

/* What `muster gpu-facts` prints: a driver's library is loaded in a process of its own, which may hang or crash. */
#define GPU_FACTS(F, S)                                                         \
    F(S, STR, name, .opt = 1, .max_bytes = 200, .doc = "Of the first GPU")      \
    F(S, STR, driver, .opt = 1, .max_bytes = 64, .doc = "Its driver's version") \
    F(S, STR, cuda, .opt = 1, .max_bytes = 32, .doc = "The newest CUDA that the driver offers")
SHAPE(GpuFacts, GPU_FACTS);
/* Loads NVML and asks it. The command's own process. */
int gpu_facts_main(void);

/* "5.15" of "5.15.0-91-generic" is at least major.minor? */
bool version_is_at_least(Str text, int major, int minor);
