/* The unit test runner: `TEST(name) { CHECK(x); }` registers itself; the test program's main calls test_main.
 *
 * A failed CHECK prints its place and text and ends only that test. `--list` prints the names, an argument selects by
 * substring. The last line is "N passed, N failed", and ", N skipped" if the machine did not allow some.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "base/str.h"

typedef struct TestCase {
    const char *name, *file;
    void (*run)(void);
    struct TestCase *next;
} TestCase;

void test_register(TestCase *t);
int test_main(int argc, char **argv);
/* Reports the failure and leaves the running test (longjmp). */
_Noreturn __attribute__((format(printf, 3, 4))) void test_fail(const char *file, int line, const char *fmt, ...);
/* Leaves the running test (longjmp) as skipped: the machine does not allow what it needs. */
_Noreturn __attribute__((format(printf, 1, 2))) void test_skip(const char *fmt, ...);
/* Mounts a separate file system (a tmpfs; `size` as "16m") on a new folder in test_dir(); without the right to mount,
 * in a namespace that the program enters for it. Skips the test if that is forbidden. Returns the folder's path. */
const char *test_disk(const char *name, const char *size);
void test_disk_done(const char *path);
/* A new folder below TMPDIR, removed when the process ends. Borrowed, valid as long as the process. */
const char *test_dir(void);

#define TEST(id)                                                                           \
    static void test_##id(void);                                                           \
    static TestCase case_##id = {#id, __FILE__, test_##id, NULL};                          \
    __attribute__((constructor)) static void reg_##id(void) { test_register(&case_##id); } \
    static void test_##id(void)

#define CHECK(cond)                                                     \
    do {                                                                \
        if (!(cond)) test_fail(__FILE__, __LINE__, "CHECK(%s)", #cond); \
    } while (0)
#define CHECK_I64(got, want)                                                                  \
    do {                                                                                      \
        long long g_ = (long long)(got), w_ = (long long)(want);                              \
        if (g_ != w_) test_fail(__FILE__, __LINE__, "%s is %lld, wanted %lld", #got, g_, w_); \
    } while (0)
#define CHECK_STR(got, want)                                                                                  \
    do {                                                                                                      \
        Str g_ = (got), w_ = str(want);                                                                       \
        if (!str_eq(g_, w_))                                                                                  \
            test_fail(__FILE__, __LINE__, "%s is \"" STR_FMT "\", wanted \"" STR_FMT "\"", #got, STR_ARG(g_), \
                      STR_ARG(w_));                                                                           \
    } while (0)
/* The call must succeed; prints the error's text otherwise. `e` is an Err variable. */
#define CHECK_OK(call, e)                                                                                           \
    do {                                                                                                            \
        if ((call) < 0) test_fail(__FILE__, __LINE__, "%s: %s (%s)", #call, (e).text, (e).where ? (e).where : "?"); \
    } while (0)
#define CHECK_ERR(call, e, want_code)                                                                          \
    do {                                                                                                       \
        int r_ = (call);                                                                                       \
        if (r_ != -(want_code)) test_fail(__FILE__, __LINE__, "%s gave %d, wanted %s", #call, r_, #want_code); \
    } while (0)
