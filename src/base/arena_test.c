#include "base/mem.h"

#include "base/str.h"
#include "base/test.h"
#include "base/vec.h"

TEST(arena_hands_out_zeroed_aligned_memory) {
    static const size_t sizes[] = {0, 1, 15, 16, 17, 4095, 8192, 16384, 16385, 1 << 20, (3 << 20) + 1, 7};
    CLEANUP(arena_freep) Arena *a = arena_new();
    for (size_t round = 0; round < 4; round++) {
        for (size_t i = 0; i < COUNT_OF(sizes); i++) {
            unsigned char *p = arena_alloc(a, sizes[i]);
            CHECK_I64((uintptr_t)p % 16, 0);
            for (size_t b = 0; b < sizes[i]; b++)
                if (p[b]) test_fail(__FILE__, __LINE__, "byte %zu of %zu is not zero", b, sizes[i]);
            memset(p, 0xEE, sizes[i]);
        }
        arena_reset(a);
        CHECK_I64(arena_used(a), 0);
    }
}

TEST(arena_memory_keeps_its_content) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Str texts[2000];
    for (int i = 0; i < 2000; i++) texts[i] = arena_fmt(a, "%d:%0*d", i, i % 97 + 1, 0);
    for (int i = 0; i < 2000; i++) {
        Str head;
        int64_t n;
        CHECK(str_split(&texts[i], ':', &head) && str_parse_i64(head, 0, 2000, &n));
        CHECK_I64(n, i);
        CHECK_I64(texts[i].n, i % 97 + 1);
    }
}

/* A long-lived arena releases the memory of something large that it once held. */
TEST(arena_reset_keeps_the_first_block_only) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    char *first = arena_alloc_raw(a, 16);
    for (int round = 0; round < 3; round++) {
        arena_alloc_raw(a, 8 << 20);
        for (int i = 0; i < 100; i++) arena_alloc_raw(a, 4096);
        arena_reset(a);
        CHECK(arena_alloc_raw(a, 16) == first);
    }
}

static char order[8];

static void note(void *arg) { order[strlen(order)] = *(const char *)arg; }

TEST(arena_defers_run_last_first_at_reset_and_free) {
    memset(order, 0, sizeof order);
    Arena *a = arena_new();
    arena_defer(a, note, "a");
    arena_defer(a, note, "b");
    arena_reset(a);
    CHECK_STR(str(order), "ba");
    arena_defer(a, note, "c");
    arena_free(a);
    CHECK_STR(str(order), "bac");
    arena_free(NULL);
}

TEST(arena_text_is_terminated) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Str s = arena_str(a, str_n("abcdef", 3));
    CHECK_STR(s, "abc");
    CHECK_I64(s.p[3], 0);
    CHECK_STR(arena_str(a, (Str){0}), "");
    CHECK_STR(str(arena_strdup(a, "x")), "x");
}

TEST(sizes_that_overflow_are_refused) {
    size_t v = 7;
    CHECK(!add_ok(SIZE_MAX, 1, &v) && !mul_ok(SIZE_MAX / 2, 3, &v));
    CHECK_I64(v, 7);
    CHECK(add_ok(2, 3, &v) && v == 5 && mul_ok(4, 5, &v) && v == 20);
}

TEST(vec_grows_and_removes) {
    VEC(int) v = {0};
    for (int i = 0; i < 100; i++) vec_push(&v, i);
    CHECK_I64(v.n, 100);
    vec_swap_remove(&v, 10);
    CHECK_I64(v.items[10], 99);
    CHECK_I64(vec_pop(&v), 98);
    int sum = 0;
    vec_each(&v, it) sum += *it;
    CHECK_I64(sum, 99 * 100 / 2 - 10 - 98);
    vec_done(&v);
    CHECK(v.items == NULL && v.n == 0);
}

TEST(take_leaves_nothing_behind) {
    CLEANUP(free_p) char *owned = mu_strdup("x");
    char *moved = TAKE(owned);
    CHECK(owned == NULL);
    free(moved);
    int fd = 5;
    CHECK_I64(TAKE_FD(fd), 5);
    CHECK_I64(fd, -1);
}
