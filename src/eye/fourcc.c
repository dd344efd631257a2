/* See fourcc.h. */
#include "eye/fourcc.h"

#include <wayland-server-protocol.h>

const FourccShm fourcc_shm[] = {
    {WL_SHM_FORMAT_XRGB8888, FOURCC_XRGB8888, PIXMAN_x8r8g8b8, false},
    {WL_SHM_FORMAT_ARGB8888, FOURCC_ARGB8888, PIXMAN_a8r8g8b8, true},
    {WL_SHM_FORMAT_XBGR8888, FOURCC_XBGR8888, PIXMAN_x8b8g8r8, false},
    {WL_SHM_FORMAT_ABGR8888, FOURCC_ABGR8888, PIXMAN_a8b8g8r8, true},
};
const size_t fourcc_shm_n = COUNT_OF(fourcc_shm);

const FourccShm *fourcc_of_shm(uint32_t shm) {
    for (size_t i = 0; i < fourcc_shm_n; i++) {
        if (fourcc_shm[i].shm == shm) return &fourcc_shm[i];
    }
    return NULL;
}

const FourccShm *fourcc_of_drm(uint32_t fourcc) {
    for (size_t i = 0; i < fourcc_shm_n; i++) {
        if (fourcc_shm[i].fourcc == fourcc) return &fourcc_shm[i];
    }
    return NULL;
}
