/* compositor.env beside version 1's socket: by it, launchers that were written for the source's compositor see that it is ready,
 * and where. Lines NAME=value: METABONK_INSTANCE_ID, XDG_RUNTIME_DIR, WAYLAND_DISPLAY, METABONK_FRAME_SOCK, and DISPLAY where
 * Xwayland runs. It is written at once as a whole, and removed at the end.
 */
#pragma once

#include "eye/eye.h"

void env_file_write(Eye *eye);
void env_file_remove(Eye *eye);
