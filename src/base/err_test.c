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

TEST(err_contains_the_systems_message) {
    Err e;
    errno = ENOENT;
    CHECK_ERR(err_sys(&e, "cannot open %s", "x"), e, ERR_INTERNAL);
    CHECK_STR(str(e.text), "cannot open x: No such file or directory");
    CHECK_I64(e.sys_errno, ENOENT);
    errno = ENOSPC;
    CHECK_ERR(err_sys(&e, "cannot write"), e, ERR_DISK_FULL);
    errno = ENAMETOOLONG;
    CHECK_ERR(err_sys(&e, "cannot open"), e, ERR_INVALID);
}

TEST(every_error_has_a_sentence) {
    Err e;
    CHECK_ERR(err_fail(&e, ERR_GIT, "%s", ""), e, ERR_GIT);
    CHECK_STR(str(e.text), "git failed");
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

TEST(err_texts_are_one_line_of_whole_characters) {
    Err e;
    CHECK_ERR(err_fail(&e, ERR_INVALID, "%s", "a\nb\tc\x1b[31m\xff\xc3\xa9"), e, ERR_INVALID);
    CHECK_STR(str(e.text), "a\\nb\\tc\\x1b[31m?\xc3\xa9");
    err_detail(&e, "p\n", "%s", "\n");
    CHECK_STR(str(e.details[0].path), "p\\n");
    CHECK_STR(str(e.details[0].text), "\\n");
    for (size_t n = 470; n < 482; n++) {
        char text[600];
        memset(text, 'x', n);
        memcpy(text + n, "\xe2\x82\xac\n", 5);
        CHECK_ERR(err_fail(&e, ERR_INVALID, "%s", text), e, ERR_INVALID);
        CHECK(strlen(e.text) < sizeof e.text && str_is_utf8(str(e.text)));
    }
}
