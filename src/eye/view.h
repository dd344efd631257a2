/* People who watch: view.sock (base/eyeview.h). A thread makes JPEGs of copies in the ring; the loop never encodes. */
#pragma once

#include "base/eyeview.h"
#include "eye/frame.h"

enum { VIEWERS_MAX = 8 };

int views_init(Eye *eye, Err *e);
void views_done(Eye *eye);
void views_publish(Eye *eye); /* there is a new frame */
void views_stepped(Eye *eye); /* a step ended: the next one of a viewer that lets time go on */
bool views_want_frames(const Eye *eye);
Str views_stepper_name(const Eye *eye);
void views_report(const Eye *eye, EyeConsumerLine *lines, size_t *ret_n, double seconds);
