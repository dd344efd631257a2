/* What follows from what an eye reports, from its end and from its silence: the row's state. */
#pragma once

#include "eye_control/eye_control.h"

/* Folds one report into the row, which refers to it afterwards, and notes in the row whether others should learn of it; figures
 * alone are no news. Pure. */
void eye_fold(Eye *row, const EyeReport *r, TimeUs at, Arena *a);
typedef struct EyeEnd {
    EyeWord state;
    EyeWhy why;
    int64_t exit_code; /* -1: none */
    Str detail;        /* {NULL,0}: none */
} EyeEnd;
void eye_fold_end(Eye *row, const EyeEnd *end, TimeUs at);
/* `why`: one of LAUNCH_HELD_…, or "". Pure. */
void eye_fold_held(Eye *row, Str why, TimeUs at);
/* Nothing was heard since then: false if that is not so, or not news. Pure. */
bool eye_fold_silence(Eye *row, TimeUs since, TimeUs at, Arena *a);
/* Whether the row is to be published now: at once when the state changed, else at most once a second. Pure. */
enum { EYE_NEWS_EVERY_US = 1000000 };
bool eye_take_news(Eye *row, TimeUs now);
