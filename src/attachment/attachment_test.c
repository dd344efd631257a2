/* Rows and files of attachments: one file for each content, and none without a row. */
#include "attachment/attachment.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attachment/attachment_in.h"
#include "attachment/attachment_migrations.h"
#include "base/test.h"
#include "core/core_migrations.h"
#include "core/launch_migrations.h"
#include "core/op_body.h"
#include "core/op_migrations.h"
#include "core/setting.h"
#include "core/test_app.h"
#include "sys/digest.h"
#include "sys/fault.h"
#include "sys/file.h"

#define PIXEL "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x02\0\0\0\x03\x08\0\0\0\0"

static void start(TestApp *t) {
    static const Migration *const migrations[] = {core_migrations, op_migrations, launch_migrations,
                                                  attachment_migrations, NULL};
    static const Op *const ops[] = {attachment_ops, NULL};
    test_app_start(t, &(TestAppConfig){.migrations = migrations, .ops = ops});
}

static void write_file(TestApp *t, const char *name, Str bytes) {
    CHECK(mkdirat(t->app.home_fd, ATTACHMENT_FOLDER, 0700) == 0 || true);
    int fd = openat(t->app.home_fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    CHECK(fd >= 0 && write(fd, bytes.p, bytes.n) == (ssize_t)bytes.n);
    close(fd);
}

static bool is_there(TestApp *t, const char *name) { return faccessat(t->app.home_fd, name, F_OK, 0) == 0; }

/* As after an upload; the upload's own file is removed, as the face does it. */
static int upload(TestApp *t, Str bytes, const char *name, Attachment *ret, Err *e) {
    OpOwn own;
    OpBody body = {.name = ATTACHMENT_FOLDER "/upload.1", .size = (int64_t)bytes.n};
    write_file(t, body.name, bytes);
    digest_sha256(bytes, body.sha256);
    op_own_begin(&own, &t->app, t->conn, t->arena, "create_attachment", STR("{}"));
    own.call.body = &body;
    int r = attachment_create(&own.call, str(name), ret, e);
    op_own_end(&own);
    unlinkat(t->app.home_fd, body.name, 0);
    return r;
}

static const char *file_of(TestApp *t, const Attachment *at) {
    char *name = arena_alloc(t->arena, ATTACHMENT_FILE_NAME_MAX);
    attachment_file_name(at->sha256, at->suffix, name);
    return name;
}

static int run_tx(Tx *tx, void *sql, Err *e) { return tx_run(tx, sql, DB_NONE, NULL, e); }
static void run(TestApp *t, const char *sql) {
    Sql *q = arena_new_in(t->arena, Sql);
    *q = (Sql){.name = "of_a_test", .text = sql, .file = "test"};
    test_write(t, run_tx, q);
}

static void remove_row(TestApp *t, const Attachment *at) {
    Err e = {0};
    OpOwn own;
    op_own_begin(&own, &t->app, t->conn, t->arena, "delete_attachment", STR("{}"));
    CHECK_OK(attachment_delete(&own.call, at, &e), e);
    op_own_end(&own);
}

TEST(the_same_content_is_one_file_however_often_it_is_uploaded) {
    TestApp t;
    Attachment one, two;
    Err e = {0};
    int64_t bytes = 0;
    start(&t);
    CHECK_OK(upload(&t, STR(PIXEL), "a.png", &one, &e), e);
    CHECK_OK(upload(&t, STR(PIXEL), "b.png", &two, &e), e);
    CHECK(!str_eq(one.id, two.id) && str_eq(one.sha256, two.sha256));
    CHECK_STR(one.name, "a.png");
    CHECK_STR(two.name, "b.png");
    CHECK_STR(one.media_type, "image/png");
    CHECK_I64(one.width, 2);
    CHECK_I64(one.height, 3);
    CHECK_OK(attachments_room(t.conn, &bytes, &e), e);
    CHECK_I64(bytes, one.size);
    CHECK(is_there(&t, file_of(&t, &one)));
    remove_row(&t, &one);
    CHECK(is_there(&t, file_of(&t, &one)));
    remove_row(&t, &two);
    CHECK(!is_there(&t, file_of(&t, &one)));
    CHECK_OK(attachments_room(t.conn, &bytes, &e), e);
    CHECK_I64(bytes, 0);
    CHECK_ERR(upload(&t, STR(""), "empty", &one, &e), e, ERR_INVALID);
    test_app_stop(&t);
}

TEST(a_name_is_the_last_part_of_a_path_and_never_none) {
    static const struct {
        const char *given, *name;
    } cases[] = {{"a b.png", "a b.png"},  {"/etc/passwd", "passwd"},       {"../..", "attachment.png"},
                 {".", "attachment.png"}, {"x/", "attachment.png"},        {"", "attachment.png"},
                 {" ", "attachment.png"}, {"na\xc3\xafve", "na\xc3\xafve"}};
    CLEANUP(arena_freep) Arena *a = arena_new();
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        CHECK_STR(attachment_name(str(cases[i].given), "png", a), cases[i].name);
}

static void refuses(TestApp *t, const Attachment *at, const char *why) {
    Err e = {0};
    int fd = -1;
    CHECK_ERR(attachment_open(&t->app, at, &fd, &e), e, ERR_INTERNAL);
    CHECK(str_find(str(e.text), str(why), &(size_t){0}) && str_find(str(e.text), at->sha256, &(size_t){0}));
}

TEST(a_file_that_is_not_what_was_uploaded_is_named_by_its_digest_and_not_read) {
    TestApp t;
    Attachment at;
    Err e = {0};
    CLEANUP(buf_done) Buf b;
    start(&t);
    buf_init(&b, 100);
    CHECK_OK(upload(&t, STR("some text"), "a.txt", &at, &e), e);
    CHECK_OK(attachment_read(&t.app, &at, &b, &e), e);
    CHECK_STR(buf_str(&b), "some text");
    write_file(&t, file_of(&t, &at), STR("same size"));
    refuses(&t, &at, "is damaged");
    write_file(&t, file_of(&t, &at), STR("shorter"));
    refuses(&t, &at, "is damaged");
    write_file(&t, file_of(&t, &at), STR("some text and more"));
    refuses(&t, &at, "is damaged");
    unlinkat(t.app.home_fd, file_of(&t, &at), 0);
    refuses(&t, &at, "is missing");
    CHECK(symlinkat("../token", t.app.home_fd, file_of(&t, &at)) == 0);
    refuses(&t, &at, "a link");
    /* The same content again heals it. */
    Attachment again;
    CHECK_OK(upload(&t, STR("some text"), "b.txt", &again, &e), e);
    buf_clear(&b);
    CHECK_OK(attachment_read(&t.app, &at, &b, &e), e);
    test_app_stop(&t);
}

TEST(what_no_message_has_goes_after_a_day) {
    TestApp t;
    Attachment old, used, young;
    Err e = {0};
    start(&t);
    CHECK_OK(upload(&t, STR("old"), "old", &old, &e), e);
    CHECK_OK(upload(&t, STR("used"), "used", &used, &e), e);
    run(&t, "UPDATE attachment SET unused_since = unused_since - 86400000000");
    run(&t, "UPDATE attachment SET n_uses = 1 WHERE name = 'used'");
    CHECK_OK(upload(&t, STR("young"), "young", &young, &e), e);
    CHECK_OK(attachments_expire(&t.app, t.conn, &e), e);
    CHECK_STR(test_cell(&t, "SELECT group_concat(name) FROM (SELECT name FROM attachment ORDER BY name)"),
              "used,young");
    CHECK(!is_there(&t, file_of(&t, &old)) && is_there(&t, file_of(&t, &used)) && is_there(&t, file_of(&t, &young)));
    OpOwn own;
    op_own_begin(&own, &t.app, t.conn, t.arena, "delete_attachment", STR("{}"));
    CHECK_ERR(attachment_delete(&own.call, &used, &e), e, ERR_CONFLICT);
    op_own_end(&own);
    test_app_stop(&t);
}

TEST(the_day_begins_when_the_last_message_goes) {
    TestApp t;
    Attachment at;
    Err e = {0};
    start(&t);
    CHECK_OK(upload(&t, STR("late"), "late", &at, &e), e);
    run(&t, "UPDATE attachment SET created_at = created_at - 172800000000, unused_since = unused_since - 172800000000");
    run(&t, "UPDATE attachment SET n_uses = n_uses + 2");
    run(&t, "UPDATE attachment SET n_uses = n_uses - 1");
    CHECK_OK(attachments_expire(&t.app, t.conn, &e), e);
    run(&t, "UPDATE attachment SET n_uses = n_uses - 1");
    run(&t, "UPDATE attachment SET unused_since = unused_since - 60000000");
    CHECK_OK(attachments_expire(&t.app, t.conn, &e), e);
    CHECK_STR(test_cell(&t, "SELECT count(*) FROM attachment"), "1");
    CHECK(is_there(&t, file_of(&t, &at)));
    run(&t, "UPDATE attachment SET unused_since = unused_since - 86400000000");
    CHECK_OK(attachments_expire(&t.app, t.conn, &e), e);
    CHECK_STR(test_cell(&t, "SELECT count(*) FROM attachment"), "0");
    CHECK(!is_there(&t, file_of(&t, &at)));
    test_app_stop(&t);
}

static int put_tx(Tx *tx, void *arg, Err *e) {
    (void)arg;
    return setting_put(tx, setting_def(SET_ATTACHMENT_TOTAL_MIB), STR("1"), e);
}

TEST(all_attachments_together_have_a_limit) {
    TestApp t;
    Attachment at;
    Err e = {0};
    CLEANUP(buf_done) Buf big;
    start(&t);
    buf_init(&big, 4 << 20);
    for (int i = 0; i < 700 << 10; i++) buf_add_c(&big, 'x');
    test_write(&t, put_tx, NULL);
    CHECK_OK(settings_reload(t.app.settings, t.conn, &e), e);
    CHECK_OK(upload(&t, buf_str(&big), "a", &at, &e), e);
    CHECK_OK(upload(&t, buf_str(&big), "b", &at, &e), e); /* it is there already */
    buf_add_c(&big, 'y');
    CHECK_ERR(upload(&t, buf_str(&big), "c", &at, &e), e, ERR_DISK_FULL);
    CHECK(str_find(str(e.text), STR("attachment.total_mib"), &(size_t){0}));
    test_app_stop(&t);
}

static TestApp *waiting;
static bool is_tidy(void *arg) { return !is_there(waiting, arg); }

TEST(a_start_removes_what_an_interrupted_upload_left_and_nothing_else) {
    static const char left[] = ATTACHMENT_FOLDER "/upload.left", linked[] = ATTACHMENT_FOLDER "/upload.linked";
    static const char foreign[] = ATTACHMENT_FOLDER "/a note";
    TestApp t;
    Attachment kept;
    Err e = {0};
    start(&t);
    CHECK_OK(upload(&t, STR("kept"), "kept", &kept, &e), e);
    char named[] = ATTACHMENT_FOLDER "/0000000000000000000000000000000000000000000000000000000000000001.txt";
    char unknown[] = ATTACHMENT_FOLDER "/0000000000000000000000000000000000000000000000000000000000000002.txt";
    write_file(&t, left, STR("half"));
    write_file(&t, linked, STR("whole"));
    write_file(&t, unknown, STR("of a store that was put aside"));
    write_file(&t, foreign, STR("of somebody"));
    CHECK(linkat(t.app.home_fd, linked, t.app.home_fd, named, 0) == 0);
    t.app.started_at = clock_now_us() + 5000000;
    waiting = &t;
    attachments_start(&t.app);
    CHECK(test_app_until(is_tidy, (void *)left) && test_app_until(is_tidy, (void *)linked));
    CHECK(test_app_until(is_tidy, named));
    CHECK(is_there(&t, unknown) && is_there(&t, foreign) && is_there(&t, file_of(&t, &kept)));
    test_app_stop(&t);
}

TEST(each_step_of_an_upload_that_fails_leaves_no_row) {
    TestApp t;
    Attachment at;
    start(&t);
    for (int64_t k = 1; k < 50; k++) {
        Err e = {0};
        fault_arm(k, "attachment.");
        int r = upload(&t, STR("some text"), "a.txt", &at, &e);
        bool is_all = fault_seen() < k;
        fault_arm(0, NULL);
        CHECK_I64(r < 0, !is_all);
        CHECK(!is_there(&t, ATTACHMENT_FOLDER "/upload.1.link"));
        if (is_all) break;
        CHECK_STR(test_cell(&t, "SELECT count(*) FROM attachment"), "0");
    }
    test_app_stop(&t);
}
