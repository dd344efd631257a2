#include "base/err.h"

#include <errno.h>

#include "base/test.h"

static int fail(Err *e) { return err_fail(e, ERR_NOT_FOUND, "no agent %d", 7); }

static int pass_up(Err *e) {
    TRY(fail(e));
    return 0;
}

TEST(err_carries_code_text_and_place) {
    Err e;
    CHECK_ERR(pass_up(&e), e, ERR_NOT_FOUND);
    CHECK_STR(str(e.text), "no agent 7");
    CHECK(strstr(e.where, "err_test.c:"));
    CHECK_I64(e.n_details, 0);
    CHECK_ERR(fail(NULL), e, ERR_NOT_FOUND);
    CHECK_STR(str(err_word(e.code)), "NOT_FOUND");
    CHECK_I64(err_http(e.code), 404);
    CHECK_STR(str(err_word((ErrCode)999)), "INTERNAL_ERROR");
}

TEST(err_names_what_the_system_said) {
    Err e;
    errno = ENOENT;
    CHECK_ERR(err_sys(&e, "cannot open %s", "x"), e, ERR_INTERNAL);
    CHECK_STR(str(e.text), "cannot open x: No such file or directory");
    CHECK_I64(e.sys_errno, ENOENT);
    errno = ENOSPC;
    CHECK_ERR(err_sys(&e, "cannot write"), e, ERR_DISK_FULL);
}

TEST(err_keeps_a_bounded_number_of_details) {
    Err e;
    CHECK_ERR(fail(&e), e, ERR_NOT_FOUND);
    for (int i = 0; i < 2 * ERR_DETAILS_MAX; i++) err_detail(&e, "a.b", "is %d", i);
    CHECK_I64(e.n_details, ERR_DETAILS_MAX);
    CHECK_STR(str(e.details[3].path), "a.b");
    CHECK_STR(str(e.details[3].text), "is 3");
    err_detail(NULL, "a", "b");
}
