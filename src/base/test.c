#include "base/test.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/own.h"

typedef enum CaseEnd { CASE_PASSED, CASE_FAILED, CASE_SKIPPED, CASE_ENDS } CaseEnd;

static TestCase *first_case;
static TestCase **last_link = &first_case;
static jmp_buf leave_test;
static char dir[256];
static pid_t dir_owner;

void test_register(TestCase *t) {
    *last_link = t;
    last_link = &t->next;
}

void test_fail(const char *file, int line, const char *fmt, ...) {
    va_list ap;
    printf("%s:%d: ", file, line);
    va_start(ap, fmt);
    vprintf(fmt, ap);
    va_end(ap);
    printf("\n");
    longjmp(leave_test, CASE_FAILED);
}

void test_skip(const char *fmt, ...) {
    va_list ap;
    printf("skipped: ");
    va_start(ap, fmt);
    vprintf(fmt, ap);
    va_end(ap);
    printf("\n");
    longjmp(leave_test, CASE_SKIPPED);
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *at) {
    (void)st, (void)type, (void)at;
    return remove(path);
}

static void remove_dir(void) {
    if (getpid() == dir_owner) nftw(dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

const char *test_dir(void) {
    if (dir_owner) return dir;
    const char *base = getenv("TMPDIR");
    snprintf(dir, sizeof dir, "%s/muster-test-XXXXXX", base && *base ? base : "/tmp");
    if (!mkdtemp(dir)) {
        perror(dir);
        abort();
    }
    dir_owner = getpid();
    atexit(remove_dir);
    return dir;
}

static CaseEnd run_case(const TestCase *t) {
    int end = setjmp(leave_test);
    if (end == CASE_FAILED) printf("FAILED %s (%s)\n", t->name, t->file);
    if (end != 0) return (CaseEnd)end;
    t->run();
    return CASE_PASSED;
}

/* A failed test leaves by a jump and skips its cleanups, so the leak checker would report false leaks. */
_Noreturn static void leave_failed(void) {
    fflush(stdout);
    remove_dir();
    _exit(1);
}

int test_main(int argc, char **argv) {
    const char *wanted = argc > 1 ? argv[1] : "";
    bool list = str_is(str(wanted), "--list");
    int ends[CASE_ENDS] = {0};
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (const TestCase *t = first_case; t; t = t->next) {
        if (list) {
            printf("%s\n", t->name);
        } else if (strstr(t->name, wanted)) {
            ends[run_case(t)]++;
        }
    }
    if (list) return 0;
    printf("%d passed, %d failed", ends[CASE_PASSED], ends[CASE_FAILED]);
    if (ends[CASE_SKIPPED]) printf(", %d skipped", ends[CASE_SKIPPED]);
    printf("\n");
    if (ends[CASE_FAILED]) leave_failed();
    return 0;
}

int main(int argc, char **argv) { return test_main(argc, argv); }
