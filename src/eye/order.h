/* Orders of the daemon, after the first. */
#pragma once

#include "eye/eye.h"

/* ERR_INVALID: a member is missing; ERR_CONFLICT: not now. */
int order_run(Eye *eye, const EyeOrder *o, Err *e);
