#include "workspace/fuzzy.h"

#include "base/mem.h"
#include "base/test.h"

static int score(const char *typed, const char *path) {
    FuzzyQuery q = fuzzy_query(str(typed));
    return fuzzy_score(&q, str(path));
}

TEST(a_path_fits_if_it_has_the_letters_in_their_order) {
    static const struct {
        const char *typed, *path;
        bool fits;
    } rows[] = {
        {"abc", "a/b/c", true},
        {"abc", "acb", false},
        {"readme", "README.md", true},
        {"Read", "README.md", false},
        {"READ", "README.md", true},
        {"src fuzzy", "src/workspace/fuzzy.c", true},
        {"fuzzy src", "src/fuzzy.c", true},
        {"src nope", "src/fuzzy.c", false},
        {"", "a", false},
        {"  ", "a", false},
        {"a", "", false},
        {"gr\xc3\xbc", "gr\xc3\xbcn", true},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if ((score(rows[i].typed, rows[i].path) >= 0) != rows[i].fits)
            test_fail(__FILE__, __LINE__, "%s in %s", rows[i].typed, rows[i].path);
}

/* Of each row the first is what a person means. */
TEST(the_better_fit_scores_higher) {
    static const struct {
        const char *typed, *better, *worse;
    } rows[] = {
        {"main.c", "src/main.c", "src/domain.c"},
        {"main", "src/main.c", "main/other.c"},
        {"wt", "work_tree.c", "writer_xt.c"},
        {"op", "core/op.h", "core/loop.h"},
        {"fs", "file_shapes.h", "files.h"},
        {"uB", "useBefore.ts", "uxBx/y.ts"},
        {"agent", "agent/agent.c", "agent/a_general_term.c"},
        {"test", "test.c", "latest_results_x.c"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (score(rows[i].typed, rows[i].better) <= score(rows[i].typed, rows[i].worse))
            test_fail(__FILE__, __LINE__, "%s: %s %d, %s %d", rows[i].typed, rows[i].better,
                      score(rows[i].typed, rows[i].better), rows[i].worse, score(rows[i].typed, rows[i].worse));
}

/* Every way to fit would be tried by a search that goes back: here it would not end. */
TEST(a_long_path_of_one_letter_takes_no_longer) {
    char path[4096], typed[128];
    memset(path, 'a', sizeof path);
    memset(typed, 'a', sizeof typed);
    FuzzyQuery q = fuzzy_query(str_n(typed, sizeof typed));
    CHECK(fuzzy_score(&q, str_n(path, sizeof path)) > 0);
    typed[sizeof typed - 1] = 'b';
    for (int i = 0; i < 1000; i++) CHECK_I64(fuzzy_score(&q, str_n(path, sizeof path)), -1);
}
