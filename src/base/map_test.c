#include "base/map.h"

#include "base/list.h"
#include "base/test.h"

TEST(map_finds_replaces_and_removes) {
    Map m = {0};
    int a, b;
    CHECK(map_find(&m, STR("x")) == NULL && map_remove(&m, STR("x")) == NULL);
    CHECK(map_put(&m, STR("x"), &a) == NULL && map_put(&m, STR(""), &b) == NULL);
    CHECK(map_find(&m, STR("x")) == &a && map_find(&m, STR("")) == &b && map_find(&m, STR("y")) == NULL);
    CHECK(map_put(&m, STR("x"), &b) == &a);
    CHECK_I64(m.n, 2);
    CHECK(map_remove(&m, STR("x")) == &b && map_find(&m, STR("x")) == NULL);
    CHECK_I64(m.n, 1);
    map_done(&m);
    CHECK_I64(m.cap, 0);
}

/* With an array as the model: any sequence of additions and removals leaves exactly the same entries. */
TEST(map_agrees_with_an_array) {
    enum { KEYS = 512, STEPS = 40000 };
    static char present[KEYS];
    Map m = {0};
    uint64_t state = 88172645463325252u; /* xorshift64, Marsaglia 2003 */
    size_t n = 0;
    memset(present, 0, sizeof present);
    for (int step = 0; step < STEPS; step++) {
        state ^= state << 13, state ^= state >> 7, state ^= state << 17;
        uint64_t key = state % KEYS;
        bool add = state >> 32 & 1;
        void *before = add ? map_put(&m, map_u64(&key), &present[key]) : map_remove(&m, map_u64(&key));
        CHECK(before == (present[key] ? &present[key] : NULL));
        n = n + add - (size_t)present[key];
        present[key] = add;
        CHECK_I64(m.n, n);
    }
    size_t i = 0, walked = 0;
    for (MapSlot *s; (s = map_next(&m, &i)); walked++) CHECK(*(char *)s->value == 1);
    CHECK_I64(walked, n);
    map_done(&m);
}

typedef struct Node {
    int v;
    List link; /* the list of the test below */
} Node;

TEST(list_keeps_order_and_allows_removal_while_walking) {
    List l;
    Node nodes[5] = {{.v = 1}, {.v = 2}, {.v = 3}, {.v = 4}, {.v = 5}};
    list_init(&l);
    CHECK(list_is_empty(&l) && list_first(&l, Node, link) == NULL);
    for (size_t i = 1; i < COUNT_OF(nodes); i++) list_add_last(&l, &nodes[i].link);
    list_add_first(&l, &nodes[0].link);
    int seen = 0;
    list_each(&l, Node, link, node) {
        seen = seen * 10 + node->v;
        if (node->v % 2) list_remove(&node->link);
    }
    CHECK_I64(seen, 12345);
    CHECK(!list_is_linked(&nodes[0].link) && list_is_linked(&nodes[1].link));
    CHECK_I64(list_first(&l, Node, link)->v, 2);
}
