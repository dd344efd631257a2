#include "core/face_file.h"

#include "base/test.h"

TEST(a_disposition_names_the_file_in_ascii_and_in_utf8) {
    static const struct {
        const char *name, *value;
    } cases[] = {
        {"a.png", "attachment; filename=\"a.png\"; filename*=UTF-8''a.png"},
        {"a b.png", "attachment; filename=\"a b.png\"; filename*=UTF-8''a%20b.png"},
        {"na\xc3\xafve.txt", "attachment; filename=\"na_ve.txt\"; filename*=UTF-8''na%C3%AFve.txt"},
        {"\"; x=\"y\\%41\r\n",
         "attachment; filename=\"_; x=_y__41__\"; filename*=UTF-8''%22%3B%20x%3D%22y%5C%2541%0D%0A"},
        {"", "attachment; filename=\"\"; filename*=UTF-8''"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CLEANUP(buf_done) Buf b;
        buf_init(&b, 4096);
        face_file_disposition(str(cases[i].name), &b);
        CHECK_STR(buf_str(&b), cases[i].value);
    }
}

TEST(one_range_of_bytes_is_honoured) {
    static const struct {
        const char *header;
        bool is_range;
        int64_t from, n;
    } cases[] = {
        {"bytes=0-0", true, 0, 1},   {"bytes=2-4", true, 2, 3},
        {"bytes=5-", true, 5, 5},    {"bytes=-3", true, 7, 3},
        {"bytes=-30", true, 0, 10},  {"bytes=8-99", true, 8, 2},
        {"bytes=10-", true, 10, 0},  {"bytes=99-100", true, 99, 0},
        {"bytes=-0", true, 10, 0},   {"bytes=4-2", false, 0, 0},
        {"bytes=-", false, 0, 0},    {"bytes=0-1,3-4", false, 0, 0},
        {"lines=0-1", false, 0, 0},  {"bytes=a-b", false, 0, 0},
        {"bytes=0-1x", false, 0, 0}, {"bytes=99999999999999999999-", false, 0, 0},
        {"", false, 0, 0},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int64_t from = -1, n = -1;
        bool is_range = face_file_range(str(cases[i].header), 10, &from, &n);
        if (is_range != cases[i].is_range || (is_range && n != cases[i].n) || (is_range && n && from != cases[i].from))
            test_fail(__FILE__, __LINE__, "%s: %d %lld %lld", cases[i].header, is_range, (long long)from, (long long)n);
    }
}
