/* The lines of muster-eye (base/eyeline.h), read: bytes to reports. Pure functions, any thread.
 *
 * An eye is no agent, so it is not in ADAPTER_LIST: what it reports folds into a row and not into a conversation.
 */
#pragma once

#include "base/eyereport.h"
#include "base/mem.h"

/* In the order of EYE_REPORT_TABLE. Three kinds have the same shape. */
typedef enum EyeReportKind {
    EYE_SAYS_HELLO,
    EYE_SAYS_STATUS,
    EYE_SAYS_RESET,
    EYE_SAYS_PROGRAM,
    EYE_SAYS_ERROR,
    EYE_SAYS_RECORDED,
    EYE_SAYS_REPLAYED,
    EYE_SAYS_FILMED,
    EYE_REPORT_KINDS,
    EYE_SAYS_UNKNOWN = EYE_REPORT_KINDS, /* of a later version: ignored */
    EYE_SAYS_NONSENSE                    /* not a line of the protocol */
} EyeReportKind;

typedef struct EyeReport {
    EyeReportKind kind;
    union {
        EyeHelloLine hello;
        EyeStatusLine status;
        EyeResetLine reset;
        EyeProgramLine program;
        EyeErrorLine error; /* of NONSENSE too: why it cannot be read */
        EyeRecordedLine recorded;
    };
} EyeReport;

/* Members that are not known are ignored. */
void eye_report_read(Str line, Arena *a, EyeReport *ret);
