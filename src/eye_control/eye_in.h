/* What the operations of this folder share. */
#pragma once

#include "eye_control/eye_control.h"

#define EYE_PATH_FIELD(F, S) F(S, ID("eye"), eye_id, .from = FROM_PATH, .doc = "The eye")
#define EYE_PATH(F, S) EYE_PATH_FIELD(F, S)
SHAPE(EyePath, EYE_PATH);

/* OpSubjectFn of an input that begins with EYE_PATH_FIELD. */
int eye_subject(OpCall *c, const void *in, Str *ret, Err *e);
/* "eyes/org_…" of the caller */
Str eyes_topic(const OpCall *c);
