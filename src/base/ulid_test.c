#include "base/ulid.h"

#include <pthread.h>

#include "base/map.h"
#include "base/test.h"

TEST(ids_sort_in_order_of_creation) {
    Id last = id_new("ag");
    for (int i = 0; i < 20000; i++) {
        Id next = id_new("ag");
        CHECK(strcmp(last.text, next.text) < 0);
        CHECK(id_is(id_str(&next), "ag"));
        last = next;
    }
}

enum { THREADS = 4, IDS = 5000 };

static void *make_ids(void *arg) {
    Id *ids = arg;
    for (int i = 0; i < IDS; i++) ids[i] = id_new("x");
    return NULL;
}

TEST(ids_of_several_threads_differ) {
    static Id ids[THREADS][IDS];
    pthread_t threads[THREADS];
    Map seen = {0};
    for (int t = 0; t < THREADS; t++) pthread_create(&threads[t], NULL, make_ids, ids[t]);
    for (int t = 0; t < THREADS; t++) pthread_join(threads[t], NULL);
    for (int t = 0; t < THREADS; t++)
        for (int i = 0; i < IDS; i++) CHECK(map_put(&seen, id_str(&ids[t][i]), ids) == NULL);
    map_done(&seen);
}

/* The time part of the ULID specification's example 01ARZ3NDEKTSV4RRFFQ69G5FAV is 1469922850259 ms. */
TEST(derived_ids_are_functions_of_their_arguments) {
    const uint8_t zeros[10] = {0};
    const uint8_t ones[10] = {255, 255, 255, 255, 255, 255, 255, 255, 255, 255};
    Id a = id_derived("msg", INT64_C(1469922850259) * 1000 + 999, zeros);
    Id b = id_derived("msg", INT64_C(1469922850259) * 1000, ones);
    CHECK_STR(id_str(&a), "msg_01arz3ndek0000000000000000");
    CHECK_STR(id_str(&b), "msg_01arz3ndekzzzzzzzzzzzzzzzz");
    CHECK_I64(id_time(id_str(&a)), INT64_C(1469922850259) * 1000);
    CHECK_I64(id_time(id_str(&b)), INT64_C(1469922850259) * 1000);
    CHECK_I64(id_time(STR("msg_u1arz3ndek0000000000000000")), 0);
    CHECK_I64(id_time(STR("msg_01arz3ndek")), 0);
}

TEST(only_well_formed_ids_are_accepted) {
    static const struct {
        const char *text;
        bool good;
    } rows[] = {
        {"ag_01arz3ndektsv4rrffq69g5fav", true},  {"ag_7zzzzzzzzzzzzzzzzzzzzzzzzz", true},
        {"ag_81arz3ndektsv4rrffq69g5fav", false}, {"ag_01ARZ3NDEKTSV4RRFFQ69G5FAV", false},
        {"wt_01arz3ndektsv4rrffq69g5fav", false}, {"ag-01arz3ndektsv4rrffq69g5fav", false},
        {"ag_01arz3ndektsv4rrffq69g5fa", false},  {"ag_01arz3ndektsv4rrffq69g5favx", false},
        {"ag_01arz3ndektsv4rrffq69g5fai", false}, {"ag_01arz3ndektsv4rrffq69g5fau", false},
        {"01arz3ndektsv4rrffq69g5fav", false},    {"", false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (id_is(str(rows[i].text), "ag") != rows[i].good) test_fail(__FILE__, __LINE__, "%s", rows[i].text);
}
