/* Pixel formats: the codes of wl_shm and of DRM, and pixman's. All have four bytes a pixel. */
#pragma once

#include <pixman.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/own.h"

enum { EYE_SURFACE_SIDE_MAX = 16384 };

#define FOURCC(a, b, c, d) ((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16 | (uint32_t)(d) << 24)
#define FOURCC_XRGB8888 FOURCC('X', 'R', '2', '4')
#define FOURCC_ARGB8888 FOURCC('A', 'R', '2', '4')
#define FOURCC_XBGR8888 FOURCC('X', 'B', '2', '4')
#define FOURCC_ABGR8888 FOURCC('A', 'B', '2', '4')
#define FOURCC_MOD_LINEAR 0ull
#define FOURCC_MOD_INVALID 0x00ffffffffffffffull

typedef struct FourccShm {
    uint32_t shm;    /* wl_shm's code: 0 and 1 for the two that every compositor offers, else as DRM */
    uint32_t fourcc; /* DRM's */
    pixman_format_code_t pixman;
    bool has_alpha;
} FourccShm;

extern const FourccShm fourcc_shm[];
extern const size_t fourcc_shm_n;
const FourccShm *fourcc_of_shm(uint32_t shm);    /* NULL: not offered */
const FourccShm *fourcc_of_drm(uint32_t fourcc); /* NULL: unknown */
