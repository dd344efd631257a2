/* Small protocols that toolkits and games look for: wp_viewporter 1, zxdg_decoration_manager_v1 1 (always server side, which
 * draws nothing), zwp_idle_inhibit_manager_v1 1 and xdg_activation_v1 1 (both without effect: the eye is never idle and
 * shows one window). */
#pragma once

#include "eye/eye.h"

void extras_init(Eye *eye);
