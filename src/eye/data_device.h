/* wl_data_device_manager version 3: clipboard and drag within the eye, as toolkits expect them. */
#pragma once

#include "eye/eye.h"

void data_device_init(Eye *eye);
void data_device_focus(Eye *eye); /* the keyboard's focus changed: it gets the selection */
