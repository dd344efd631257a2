/* Operations of attachments. */
#include "attachment/attachment_in.h"
#include "attachment/attachment_sql.h"
#include "base/mem.h"
#include "core/op_body.h"
#include "sys/digest.h"

#define ATTACHMENT_CREATE(F, S)                                                                             \
    F(S, STR, name, .opt = 1, .min = 1, .max_bytes = ATTACHMENT_NAME_MAX, .from = FROM_QUERY, .is_name = 1, \
      .example = "screenshot.png", .doc = "The file's name; of a path its last part; default: one of its type")
SHAPE(AttachmentCreate, ATTACHMENT_CREATE);
SHAPE_DEFINE(AttachmentCreate, ATTACHMENT_CREATE);
#define ATTACHMENT_AT(F, S) F(S, ID("att"), attachment_id, .from = FROM_PATH, .doc = "The attachment")
SHAPE(AttachmentAt, ATTACHMENT_AT);
SHAPE_DEFINE(AttachmentAt, ATTACHMENT_AT);

static int create_attachment(OpCall *c, const void *in, void *out, Err *e) {
    return attachment_create(c, ((const AttachmentCreate *)in)->name, out, e);
}

static int get_attachment(OpCall *c, const void *in, void *out, Err *e) {
    TRY(attachment_get(c->db, ((const AttachmentAt *)in)->attachment_id, c->arena, out, e));
    return 0;
}

static int get_attachment_content(OpCall *c, const void *in, void *out, Err *e) {
    Attachment at;
    (void)out;
    TRY(attachment_get(c->db, ((const AttachmentAt *)in)->attachment_id, c->arena, &at, e));
    OpFile *f = arena_new_in(c->arena, OpFile);
    *f = (OpFile){.fd = -1, .size = at.size, .media = arena_cstr(c->arena, at.media_type), .name = at.name};
    TRY(attachment_open(c->app, &at, &f->fd, e));
    c->file = f;
    return 0;
}

static int delete_attachment(OpCall *c, const void *in, void *out, Err *e) {
    Attachment at;
    (void)out;
    TRY(attachment_get(c->db, ((const AttachmentAt *)in)->attachment_id, c->arena, &at, e));
    return attachment_delete(c, &at, e);
}

/* The content: whoever reads or writes the same file takes turns, nobody else waits. */
static int subject_of_body(OpCall *c, const void *in, Str *ret, Err *e) {
    char hex[65];
    (void)in, (void)e;
    digest_hex(c->body->sha256, sizeof c->body->sha256, hex);
    *ret = arena_fmt(c->arena, "attachment %s", hex);
    return 0;
}

static int subject_of_row(OpCall *c, const void *in, Str *ret, Err *e) {
    Attachment at;
    TRY(attachment_get(c->db, ((const AttachmentAt *)in)->attachment_id, c->arena, &at, e));
    *ret = arena_fmt(c->arena, "attachment " STR_FMT, STR_ARG(at.sha256));
    return 0;
}

const OrgOf attachment_orgs[] = {{"att", &sql_org_of_attachment}, {0}};

const Op attachment_ops[] = {
    {"create_attachment", "POST /api/attachments", "attachment add",
     OP_RUN(create_attachment, AttachmentCreate, Attachment), .status = 201, .role = ROLE_MEMBER, .where = ON_SLOW,
     .subject = subject_of_body, .flags = OP_WRITES | OP_AUDITED, .body_max = ATTACHMENT_BYTES_MAX,
     .body_dir = ATTACHMENT_FOLDER,
     .doc = "Uploads a file, the body of the request, to be attached to a message. Its type is read from its bytes."},
    {"get_attachment", "GET /api/attachments/{attachmentId}", "attachment show",
     OP_RUN(get_attachment, AttachmentAt, Attachment), .role = ROLE_VIEWER, .where = ON_WORKER,
     .doc = "Returns what is known about an attachment."},
    {"get_attachment_content", "GET /api/attachments/{attachmentId}/content", "attachment content",
     OP_RUN_IN(get_attachment_content, AttachmentAt), .status = 200, .role = ROLE_VIEWER, .where = ON_SLOW,
     .subject = subject_of_row, .flags = OP_SENDS_FILE,
     .doc = "Downloads an attachment, or a byte range of it. A file that is damaged is not sent."},
    {"delete_attachment", "DELETE /api/attachments/{attachmentId}", "attachment remove",
     OP_RUN_IN(delete_attachment, AttachmentAt), .role = ROLE_MEMBER, .where = ON_SLOW, .subject = subject_of_row,
     .flags = OP_WRITES | OP_AUDITED, .doc = "Removes an attachment that no message has."},
    {0},
};
