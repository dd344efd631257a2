/* See order.h. */
#include "eye/order.h"

#include "base/text_cut.h"
#include "eye/frame.h"
#include "eye/lines.h"
#include "eye/output.h"
#include "eye/program.h"
#include "eye/record.h"
#include "eye/ring.h"
#include "eye/video.h"

enum { DETAIL_MAX_BYTES = 500 };

static int set_size(Eye *eye, const EyeOrder *o, Err *e) {
    if (!HAS(EyeOrder, o, width) || !HAS(EyeOrder, o, height))
        return err_fail(e, ERR_INVALID, "size: width and height are required");
    eye->config.width = o->width;
    eye->config.height = o->height;
    output_resize(eye, (int32_t)o->width, (int32_t)o->height);
    ring_drop(eye);
    frames_forget(eye);
    eye_reset(eye, EYE_RESET_SIZE);
    return 0;
}

static int need_path(const EyeOrder *o, Err *e) {
    if (o->path.n) return 0;
    return err_fail(e, ERR_INVALID, "%s: path is required", enum_word(&EyeOrderType_enum, (int)o->type));
}

static int start_video(Eye *eye, const EyeOrder *o, Err *e) {
    TRY(need_path(o, e));
    if (!o->encoder.n) return err_fail(e, ERR_INVALID, "video: encoder is required");
    return video_start(eye, o->path, o->encoder, e);
}

static int run(Eye *eye, const EyeOrder *o, Err *e) {
    switch (o->type) {
    case EYE_ORDER_START: return err_fail(e, ERR_CONFLICT, "the eye has been started");
    case EYE_ORDER_START_PROGRAM: return program_start(eye, e);
    case EYE_ORDER_STOP_PROGRAM: program_stop(eye); return 0;
    case EYE_ORDER_SIZE: return set_size(eye, o, e);
    case EYE_ORDER_RECORD: TRY(need_path(o, e)); return recorder_start(eye, o->path, e);
    case EYE_ORDER_STOP_RECORD: return recorder_stop(eye, e);
    case EYE_ORDER_REPLAY: TRY(need_path(o, e)); return recorder_replay(eye, o->path, e);
    case EYE_ORDER_VIDEO: return start_video(eye, o, e);
    case EYE_ORDER_STOP_VIDEO: return video_stop(eye, e);
    case EYE_ORDER_END: eye_end(eye); break;
    case EyeOrderType_n: break;
    }
    return 0;
}

/* What would have ended with a report ends with one: whoever gave the order waits for it. */
static void refuse(Eye *eye, const EyeOrder *o, const char *why) {
    static const char *const reports[] = {
        [EYE_ORDER_RECORD] = "recorded", [EYE_ORDER_REPLAY] = "replayed", [EYE_ORDER_VIDEO] = "filmed"};
    const char *type = (size_t)o->type < COUNT_OF(reports) ? reports[o->type] : NULL;
    if (!type || !o->path.n) return;
    EyeRecordedLine line = {.path = o->path};
    GIVE(EyeRecordedLine, &line, detail, text_cut(str(why), DETAIL_MAX_BYTES));
    lines_report(eye, type, &EyeRecordedLine_shape, &line);
}

int order_run(Eye *eye, const EyeOrder *o, Err *e) {
    int r = run(eye, o, e);
    if (r < 0) refuse(eye, o, e->text);
    return r;
}
