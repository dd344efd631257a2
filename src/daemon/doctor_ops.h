/* The doctor in the daemon. */
#pragma once

#include "core/op.h"

typedef struct DoctorDesk DoctorDesk;
DoctorDesk *doctor_desk_new(App *app);   /* after the features are registered */
void doctor_desk_stop(DoctorDesk *desk); /* while the loop runs; NULL is fine, here and below */
void doctor_desk_free(DoctorDesk *desk); /* after the pools have ended */

extern const Op doctor_ops[];
