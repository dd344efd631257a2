/* What the store reports about itself. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/test.h"
#include "db/db_int.h"
#include "db/db_test_migrations.h"
#include "db/db_test_sql.h"
#include "sys/file.h"

enum { PAGE = 4096, ROWS = 200, ROW_BYTES = 2000 };

static const Migration *const all[] = {db_test_migrations, NULL};

static const char *fresh_dir(void) {
    static char dirs[16][512];
    static int n;
    char *dir = dirs[n++];
    snprintf(dir, sizeof dirs[0], "%s/state-%d", test_dir(), n);
    CHECK(mkdir(dir, 0700) == 0);
    return dir;
}

static Db *open_in(const char *dir) {
    Err e = {0};
    Db *db = NULL;
    CHECK_OK(db_open(&(DbConfig){.dir = dir, .migrations = all}, &db, &e), e);
    return db;
}

static const char *store_in(const char *dir) {
    static char path[600];
    snprintf(path, sizeof path, "%s/muster.db", dir);
    return path;
}

static int put_secret(Tx *tx, void *arg, Err *e) {
    static char text[ROW_BYTES] = "SECRET";
    return tx_run(tx, &sql_test_n_add_blob, DB_ARGS(db_i64(*(int64_t *)arg), db_blob(str_n(text, sizeof text))), NULL,
                  e);
}

static void fill(Db *db) {
    Err e = {0};
    for (int64_t i = 0; i < ROWS; i++) CHECK_OK(db_tx(db, DB_DERIVED, put_secret, &i, &e), e);
}

/* Pages after the first, which has the schema: the store opens, and only a read of those pages finds the damage. */
static void damage(const char *dir, const char *with) {
    CLEANUP(fd_closep) int fd = open(store_in(dir), O_WRONLY | O_CLOEXEC);
    char page[PAGE] = {0};
    for (size_t i = 0; i + strlen(with) < sizeof page; i += strlen(with)) memcpy(page + i, with, strlen(with));
    for (int n = 20; n < 40; n++) CHECK(pwrite(fd, page, sizeof page, (off_t)n * PAGE) == sizeof page);
}

static void check_says_damaged(const char *text, const char *dir) {
    CHECK(strstr(text, "damaged") && strstr(text, store_in(dir)) && strstr(text, "muster.2026.before-x.backup"));
    CHECK(!strstr(text, "SECRET"));
}

static void make_backup(const char *dir) {
    char path[600];
    snprintf(path, sizeof path, "%s/muster.2026.before-x.backup", dir);
    CLEANUP(fd_closep) int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    CHECK(fd >= 0);
}

TEST(a_store_that_was_overwritten_after_its_end_is_found_by_the_check) {
    const char *dir = fresh_dir();
    DbState s;
    Err e = {0};
    Db *db = open_in(dir);
    fill(db);
    db_close(db);
    make_backup(dir);
    damage(dir, "SECRET");
    db = open_in(dir);
    CHECK(db_was_clean(db));
    db_state(db, &s);
    CHECK(!s.is_damaged);
    CHECK_ERR(db_check(db, &e), e, ERR_INTERNAL);
    check_says_damaged(e.text, dir);
    db_state(db, &s);
    CHECK(s.is_damaged);
    check_says_damaged(s.why, dir);
    TimeUs found = s.damaged_at;
    CHECK(found);
    CHECK_ERR(db_check(db, &e), e, ERR_INTERNAL);
    db_state(db, &s);
    CHECK_I64(s.damaged_at, found); /* when it was found first */
    db_close(db);
}

TEST(an_intact_store_passes_the_check_and_a_check_can_be_ended) {
    Err e = {0};
    DbState s;
    Db *db = open_in(fresh_dir());
    fill(db);
    CHECK_OK(db_check(db, &e), e);
    db_state(db, &s);
    CHECK(!s.is_damaged && !s.failing_since && s.kept_at);
    db_stop_checks(db);
    CHECK_ERR(db_check(db, &e), e, ERR_TIMEOUT);
    db_state(db, &s);
    CHECK(!s.is_damaged);
    db_close(db);
}

TEST(a_store_whose_first_page_is_overwritten_is_refused_and_named) {
    const char *dir = fresh_dir();
    Err e = {0};
    Db *db = open_in(dir);
    db_close(db);
    make_backup(dir);
    CLEANUP(fd_closep) int fd = open(store_in(dir), O_WRONLY | O_CLOEXEC);
    CHECK(pwrite(fd, "SECRET", 6, 0) == 6);
    CHECK_ERR(db_open(&(DbConfig){.dir = dir, .migrations = all}, &db, &e), e, ERR_INTERNAL);
    check_says_damaged(e.text, dir);
}

/* Uses all free space: the file grows until the disk is full. */
static void take_room(const char *path) {
    static const char block[PAGE];
    CLEANUP(fd_closep) int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    while (write(fd, block, sizeof block) == (ssize_t)sizeof block) continue;
}

TEST(a_write_on_a_full_disk_is_reported_until_one_succeeds) {
    const char *dir = test_disk("state", "3m");
    char ballast[600];
    DbState s;
    Err e = {0};
    int64_t value = 1;
    Db *db = open_in(dir);
    snprintf(ballast, sizeof ballast, "%s/ballast", dir);
    take_room(ballast);
    for (; value < ROWS && db_tx(db, DB_DERIVED, put_secret, &value, &e) >= 0; value++) continue;
    CHECK_I64(e.code, ERR_DISK_FULL);
    CHECK(strstr(e.text, store_in(dir)));
    db_state(db, &s);
    CHECK(s.failing_since && s.failed_at >= s.failing_since && strstr(s.why, store_in(dir)));
    CHECK(unlink(ballast) == 0);
    CHECK_OK(db_probe(db, &e), e);
    db_state(db, &s);
    CHECK(!s.failing_since && s.kept_at >= s.failed_at && !s.is_damaged);
    db_close(db);
    test_disk_done(dir);
}

TEST(a_store_reports_whether_its_path_still_names_it) {
    const char *dir = fresh_dir();
    char aside[600];
    Db *db = open_in(dir);
    snprintf(aside, sizeof aside, "%s/aside", dir);
    CHECK_I64(db_look(db), DB_NAME_OURS);
    CHECK(rename(store_in(dir), aside) == 0);
    CHECK_I64(db_look(db), DB_NAME_GONE);
    make_backup(dir);
    char other[600];
    snprintf(other, sizeof other, "%s/muster.2026.before-x.backup", dir);
    CHECK(rename(other, store_in(dir)) == 0);
    CHECK_I64(db_look(db), DB_NAME_ANOTHER);
    CHECK(unlink(store_in(dir)) == 0 && symlink("muster.db", store_in(dir)) == 0); /* a dangling link */
    CHECK_I64(db_look(db), DB_NAME_UNKNOWN);
    CHECK(unlink(store_in(dir)) == 0 && rename(aside, store_in(dir)) == 0);
    CHECK_I64(db_look(db), DB_NAME_OURS);
    db_close(db);
}

static void copy_over(const char *from, const char *to) {
    CLEANUP(buf_done) Buf b;
    Err e = {0};
    buf_init(&b, 16 << 20);
    CHECK_OK(file_read(AT_FDCWD, from, &b, &e), e);
    CHECK_OK(file_write_atomic(AT_FDCWD, to, buf_str(&b), 0600, &e), e);
}

static int forget_put_back(Tx *tx, void *arg UNUSED, Err *e) { return tx_forget_put_back(tx, e); }

static bool opens_put_back(const char *dir, bool sees_to_it) {
    Err e = {0};
    Db *db = open_in(dir);
    bool is = db_was_put_back(db);
    if (sees_to_it) CHECK_OK(db_tx(db, DB_PERSON, forget_put_back, NULL, &e), e);
    db_close(db);
    return is;
}

TEST(a_store_older_than_its_counter_file_was_restored_from_a_backup) {
    const char *dir = fresh_dir();
    char backup[600];
    Err e = {0};
    int64_t value = 1;
    snprintf(backup, sizeof backup, "%s/kept", dir);
    Db *db = open_in(dir);
    CHECK_OK(db_tx(db, DB_PERSON, put_secret, &value, &e), e);
    CHECK_OK(db_backup(db, backup, &e), e);
    db_close(db);
    CHECK(!opens_put_back(dir, false));
    CHECK(!opens_put_back(dir, false));
    copy_over(backup, store_in(dir)); /* there were starts in between */
    CHECK(opens_put_back(dir, false));
    CHECK(opens_put_back(dir, true)); /* reported until a write has handled it */
    CHECK(!opens_put_back(dir, false));

    db = open_in(dir);
    CHECK_OK(db_backup(db, backup, &e), e);
    value = 2;
    CHECK_OK(db_tx(db, DB_PERSON, put_secret, &value, &e), e); /* only a person's write in between */
    db_close(db);
    copy_over(backup, store_in(dir));
    CHECK(opens_put_back(dir, true));
    CHECK(!opens_put_back(dir, false));
}

TEST(an_unreadable_counter_proves_nothing) {
    const char *dir = fresh_dir();
    char path[600];
    snprintf(path, sizeof path, "%s/starts", dir);
    CHECK(!opens_put_back(dir, false));
    CLEANUP(fd_closep) int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
    CHECK(fd >= 0 && write(fd, "not a number\n", 13) == 13);
    CHECK(!opens_put_back(dir, false));
    CHECK(unlink(path) == 0);
    CHECK(!opens_put_back(dir, false));
}

TEST(a_migration_without_enough_free_space_is_not_started) {
    enum { LEFT = 256 << 10 };
    const char *dir = test_disk("room", "4m");
    const Migration oldest[] = {db_test_migrations[0], {0}}, *const first[] = {oldest, NULL};
    char ballast[600];
    struct stat st;
    Err e = {0};
    Db *db = NULL;
    CHECK_OK(db_open(&(DbConfig){.dir = dir, .migrations = first}, &db, &e), e);
    fill(db);
    db_close(db);
    snprintf(ballast, sizeof ballast, "%s/ballast", dir);
    take_room(ballast);
    CHECK(stat(ballast, &st) == 0 && truncate(ballast, st.st_size - LEFT) == 0);
    CHECK_ERR(db_open(&(DbConfig){.dir = dir, .migrations = all}, &db, &e), e, ERR_DISK_FULL);
    CHECK(strstr(e.text, dir) && strstr(e.text, "three times its size"));
    CHECK(unlink(ballast) == 0);
    db = open_in(dir);
    db_close(db);
    test_disk_done(dir);
}
