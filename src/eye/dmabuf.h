/* zwp_linux_dmabuf_v1 version 4: buffers in the memory of a GPU.
 *
 * Offered only where a render node can be opened. The layout offered is LINEAR alone, so that whoever cannot import a frame
 * (a watcher, the page, a recording, composition) can map it. Such a client's descriptor goes to consumers as it came:
 * a dma-buf cannot be opened again for reading only, and cannot be truncated.
 */
#pragma once

#include "eye/eye.h"

/* `folder`: of the render nodes, /dev/dri. False: none of them can be opened, and nothing is offered. */
bool dmabuf_init(Eye *eye, const char *folder);
