/* See attachment.h. */
#include "adapter/attachment.h"

#include "base/mem.h"

SHAPE_DEFINE(EvAttachment, EV_ATTACHMENT);

enum { NOTE_MAX = ATTACHMENTS_MAX * 8192 };

bool attachment_fits(const EvAttachment *a) {
    bool is_known = a->width > 0 && a->height > 0;
    return str_starts(a->media_type, STR("image/")) && a->size <= ATTACHED_IMAGE_MAX && is_known &&
           a->width <= ATTACHED_SIDE_MAX && a->height <= ATTACHED_SIDE_MAX;
}

Str attachment_note(const AttachedFiles *files, Arena *a) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, NOTE_MAX);
    for (size_t i = 0; i < files->n; i++) {
        const AttachedFile *f = &files->items[i];
        if (f->base64.p) continue;
        if (!b.n) buf_add_str(&b, STR("Attached files, to be read at their paths:"));
        buf_add_fmt(&b, "\n- " STR_FMT " (" STR_FMT ", " STR_FMT ", %lld bytes)", STR_ARG(f->path),
                    STR_ARG(f->is->name), STR_ARG(f->is->media_type), (long long)f->is->size);
    }
    return b.n ? arena_str(a, buf_str(&b)) : (Str){0};
}
