/* wp_presentation version 1: feedback with the eye's own time, virtual where there is such a clock. */
#pragma once

#include "eye/surface.h"

void presentation_init(Eye *eye);
void presentation_discard(struct wl_list *feedback); /* never shown */
void presentation_shown(Surface *s);                 /* with the frame that was just published */
