/* What the calls of each CLI name, as rules see it. The inputs are those of the recordings. */
#include "adapter/ask_what.h"

#include "base/mem.h"
#include "base/test.h"

typedef struct Case {
    const char *tool, *input, *command;
    const char *paths; /* between spaces */
    bool is_known, is_clear;
} Case;

static const Case cases[] = {
    {"Bash", "{\"command\":\"ls\",\"description\":\"d\",\"timeout\":5,\"run_in_background\":true}", "ls", "", true,
     true},
    {"Bash", "{\"command\":\"ls\",\"dangerouslyDisableSandbox\":false}", "ls", "", true, true},
    {"Bash", "{\"command\":\"ls\",\"dangerouslyDisableSandbox\":true}", "ls", "", true, false},
    {"Bash", "{\"command\":5}", NULL, "", true, false},
    {"Bash", "{\"command\":\"ls\",\"command\":\"rm\"}", "rm", "", true, true},
    {"Write", "{\"file_path\":\"/w/a\",\"content\":\"x\"}", NULL, "/w/a", true, true},
    {"Write", "{\"file_path\":\"/w/a\",\"content\":\"x\",\"also\":\"/etc/passwd\"}", NULL, "/w/a", true, false},
    {"Write", "{\"file_path\":[\"/w/a\"]}", NULL, "", true, false},
    {"Write", "{\"file_path\":\"a\\u0000b\"}", NULL, "", true, false},
    {"NotebookEdit", "{\"notebook_path\":\"/w/a\",\"new_source\":\"x\",\"cell_id\":\"c\"}", NULL, "/w/a", true, true},
    {"run_shell_command", "{\"command\":\"ls\",\"description\":\"d\",\"is_background\":false}", "ls", "", true, true},
    {"write_file", "{\"file_path\":\"/w/a\",\"old_string\":\"x\",\"new_string\":\"y\"}", NULL, "/w/a", true, true},
    {"bash", "{\"command\":\"ls\"}", "ls", "", true, true},
    {"shell", "{\"command\":\"/bin/bash -lc ls\",\"cwd\":\"/w\"}", "/bin/bash -lc ls", "", true, true},
    {"shell", "{\"command\":\"ls\",\"networkApprovalContext\":{\"host\":\"a\"}}", "ls", "", true, false},
    {"apply_patch",
     "{\"changes\":[{\"path\":\"/w/a\",\"kind\":{\"type\":\"add\"}},{\"path\":\"/w/b\",\"kind\":{\"type\":\"update\","
     "\"move_path\":\"/w/c\"}}]}",
     NULL, "/w/a /w/b /w/c", true, true},
    {"apply_patch", "{\"changes\":[{\"path\":\"/w/a\"}],\"grantRoot\":\"/\"}", NULL, "/w/a", true, false},
    {"execute", "{\"command\":[\"/bin/bash\",\"-lc\",\"ls\"],\"cwd\":\"/w\",\"call_id\":\"c\"}", NULL, "", true, true},
    {"execute", "{\"command\":\"ls\"}", "ls", "", true, false},
    {"mcp__x__get", "{\"path\":\"/w/a\",\"command\":\"ls\",\"more\":1}", "ls", "/w/a", false, true},
    {"WebFetch", "{\"url\":\"https://a\"}", NULL, "", false, true},
};

TEST(each_tool_names_its_command_and_its_files) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const Case *c = &cases[i];
        CLEANUP(buf_done) Buf b;
        Json *input = NULL;
        AskWhat w;
        Err e = {0};
        buf_init(&b, 1000);
        CHECK_OK(json_parse(a, str(c->input), JSON_DEPTH_MAX, &input, &e), e);
        ask_what(str(c->tool), input, a, &w);
        for (size_t k = 0; k < w.paths.n; k++) buf_add_fmt(&b, "%s" STR_FMT, k ? " " : "", STR_ARG(w.paths.items[k]));
        bool is_same = str_is(w.command, c->command) && str_is(buf_str(&b), c->paths) && w.is_known == c->is_known;
        if (!is_same || (w.unclear.n == 0) != c->is_clear)
            test_fail(__FILE__, __LINE__, "%s %s: `" STR_FMT "`, `" STR_FMT "`, " STR_FMT, c->tool, c->input,
                      STR_ARG(w.command), STR_ARG(buf_str(&b)), STR_ARG(w.unclear));
    }
}

TEST(what_names_nothing_asks_for_nothing) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    AskWhat w;
    ask_what(STR("Bash"), NULL, a, &w);
    CHECK(w.is_known && !w.command.p && !w.paths.n && !w.unclear.n);
}
