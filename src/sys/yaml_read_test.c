#include "base/mem.h"
#include "base/test.h"
#include "sys/yaml_read.h"

TEST(yaml_is_read_as_the_json_it_stands_for) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Json *j;
    Err e = {0};
    CHECK(yaml_read(a,
                    STR("# a game\nname: Kobo\ncommand: [kobodl, -x]\nsize: {width: 640}\nseed: \"7\"\nfast: true\n"
                        "rate: 0.5\nnothing:\n"),
                    &j, &e) >= 0);
    CHECK_STR(json_str(j, "name"), "Kobo");
    CHECK_I64(json_get(j, "command")->n, 2);
    CHECK_STR(json_get(j, "command")->items[1].s, "-x");
    CHECK_I64(json_i64(json_get(j, "size"), "width", 0), 640);
    CHECK_STR(json_str(j, "seed"), "7");
    CHECK(json_bool(j, "fast", false));
    CHECK(json_f64(j, "rate", 0) == 0.5);
    CHECK_I64(json_get(j, "nothing")->type, JSON_NULL);
    CHECK(yaml_read(a, STR(""), &j, &e) >= 0);
    CHECK_I64(j->type, JSON_OBJECT);
    CHECK_I64(j->n, 0);
}

TEST(yaml_that_stands_for_no_json_is_refused_with_its_line) {
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"a: 1\na: 2\n", "line 2: this key is there twice"},
        {"a: &x [1]\nb: *x\n", "line 2: aliases are not supported"},
        {"a: !!int 3\n", "line 1: tags are not supported"},
        {"[1]: 2\n", "line 1: a key must be text"},
        {"a: 1\n---\nb: 2\n", "line 2: there is a second document"},
        {"a: [1\n", "line 2"},
        {"a: 1\n\tb: 2\n", "line 2"},
        {"a: \"\\0\"\n", "line 1: not text"},
        {"[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]", "line 1: nested too deeply"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CLEANUP(arena_freep) Arena *a = arena_new();
        Json *j;
        Err e = {0};
        CHECK(yaml_read(a, str(cases[i].text), &j, &e) < 0);
        CHECK_I64(e.code, ERR_INVALID);
        CHECK(str_starts(str(e.text), str(cases[i].says)));
    }
}
