/* What the files of shapes share: places in a value, and the faults found. Internal to base/shape*.c. */
#pragma once

#include "base/shape.h"

/* A step from the outermost value inwards: a member's name, or an item's index (name unused). */
typedef struct Place {
    const struct Place *up;
    Str name;
    long index; /* -1: a member */
} Place;

typedef struct Faults {
    unsigned n;
    ErrDetail details[ERR_DETAILS_MAX];
} Faults;

__attribute__((format(printf, 3, 4))) void shape_fault(Faults *f, const Place *at, const char *fmt, ...);
/* 0, or ERR_INVALID with every fault as a detail. */
int shape_faults_end(const Faults *f, Err *e);
/* Adds a fault for each field that is not opt and whose bit in `given` is clear. */
void shape_check_at(const Shape *s, uint64_t given, const Place *up, Faults *faults);
