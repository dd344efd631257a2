/* Lines added and removed: the shortest difference, unified diffs, and what Codex and agents over ACP report. */
#include "adapter/adapters.h"
#include "adapter/figures.h"
#include "adapter/rig.h"
#include "base/mem.h"
#include "base/test.h"

TEST(lines_are_counted_with_a_last_one_without_newline) {
    CHECK_I64(figures_lines(STR("")), 0);
    CHECK_I64(figures_lines(STR("a")), 1);
    CHECK_I64(figures_lines(STR("a\n")), 1);
    CHECK_I64(figures_lines(STR("a\n\nb")), 3);
}

TEST(the_shortest_difference_is_counted) {
    static const struct {
        const char *before, *after;
        int64_t added, removed;
    } cases[] = {
        {"", "", 0, 0},
        {"", "a\nb\n", 2, 0},
        {"a\nb\n", "", 0, 2},
        {"a\nb\nc\n", "a\nB\nc\n", 1, 1},
        {"a\nb\nc\n", "a\nb\nc", 1, 1},                        /* the newline at the end is part of the line */
        {"a\nb\nc\na\nb\nb\na\n", "c\nb\na\nb\na\nc\n", 2, 3}, /* Myers 1986, figure 1 */
        {"x\na\ny\n", "a\n", 0, 2},
        {"a\na\na\n", "a\na\na\na\n", 1, 0},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        LineCount n = {-1, -1};
        CHECK(figures_change(str(cases[i].before), str(cases[i].after), &n));
        CHECK_I64(n.added, cases[i].added);
        CHECK_I64(n.removed, cases[i].removed);
    }
}

static void put_lines(Buf *b, const char *word, int n) {
    buf_init(b, 1 << 20);
    for (int i = 0; i < n; i++) buf_add_fmt(b, "%s %d\n", word, i);
}

TEST(what_differs_too_much_is_not_counted) {
    CLEANUP(buf_done) Buf a, b, c;
    LineCount n;
    put_lines(&a, "old", 600);
    put_lines(&b, "new", 600);
    put_lines(&c, "new", 20001);
    CHECK(!figures_change(buf_str(&a), buf_str(&b), &n));
    CHECK(!figures_change((Str){0}, buf_str(&c), &n));
    CHECK(figures_change((Str){0}, buf_str(&b), &n));
    CHECK_I64(n.added, 600);
}

TEST(a_unified_diff_is_counted_hunk_by_hunk) {
    static const struct {
        const char *diff;
        bool ok;
        int64_t added, removed;
    } cases[] = {
        {"@@ -1,2 +1,2 @@\n a\n-b\n+c\n", true, 1, 1},
        {"--- a/x\n+++ b/x\n@@ -1 +1,2 @@\n-a\n+--- a\n++++ b\n", true, 2, 1},
        {"@@ -0,0 +1 @@\n+a\n\\ No newline at end of file\n", true, 1, 0},
        {"@@ -1,2 +1,1 @@ void f()\n-a\n b\n@@ -9 +8 @@\n-c\n+d\n\n\nMoved to: y", true, 1, 2},
        {"@@ -1,3 +1,2 @@\n a\n-b\n", false, 0, 0}, /* cut */
        {"@@ -1,1 +1,1 @@\nx\n", false, 0, 0},
        {"@@ -1,1 @@\n-x\n", false, 0, 0},
        {"hello\n", false, 0, 0},
        {"", false, 0, 0},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        LineCount n = {0};
        CHECK_I64(figures_patch(str(cases[i].diff), &n), cases[i].ok);
        CHECK_I64(n.added, cases[i].added);
        CHECK_I64(n.removed, cases[i].removed);
    }
}

static void check_ends(Rig *r, const char *const *lines, const char *const *wanted) {
    for (; *lines; lines++) {
        rig_say(r, *lines);
        (void)rig_take_replies(r); /* and are written to it */
    }
    Str events = rig_take_events(r);
    for (; *wanted; wanted++) CHECK_CONTAINS(events, *wanted);
    rig_close(r);
}

#define ITEM_(fields) \
    "{\"method\":\"item/completed\",\"params\":{\"threadId\":\"t1\",\"turnId\":\"u1\",\"item\":{" fields "}}}"
#define CHANGES_(id, status, changes) \
    ITEM_("\"type\":\"fileChange\",\"id\":\"" id "\",\"status\":\"" status "\",\"changes\":[" changes "]")

TEST(codex_says_what_its_changes_and_commands_did) {
    static const char *const lines[] = {
        "{\"id\":1,\"result\":{\"userAgent\":\"muster/0.169.0 (Debian)\"}}",
        "{\"id\":\"muster-thread\",\"result\":{\"thread\":{\"id\":\"t1\"},\"model\":\"m\"}}",
        CHANGES_("c1", "completed",
                 "{\"path\":\"/a\",\"kind\":{\"type\":\"update\"},\"diff\":\"@@ -1,2 +1,3 @@\\n x\\n-y\\n+z\\n+z\\n\"},"
                 "{\"path\":\"/b\",\"kind\":{\"type\":\"delete\"},\"diff\":\"1\\n2\\n\"}"),
        CHANGES_("c2", "completed", "{\"path\":\"/a\",\"kind\":{\"type\":\"update\"},\"diff\":\"unclear\"}"),
        CHANGES_("c3", "failed", "{\"path\":\"/a\",\"kind\":{\"type\":\"add\"},\"diff\":\"1\\n\"}"),
        ITEM_("\"type\":\"commandExecution\",\"id\":\"c4\",\"command\":\"x\",\"status\":\"failed\",\"exitCode\":2,"
              "\"durationMs\":17"),
        ITEM_("\"type\":\"commandExecution\",\"id\":\"c5\",\"command\":\"x\",\"status\":\"declined\",\"exitCode\":null,"
              "\"durationMs\":null"),
        NULL};
    static const char *const wanted[] = {
        "tool_end {\"toolId\":\"c1\",\"isError\":false,\"output\":\"\",\"path\":\"/a\",\"added\":2,\"removed\":3}",
        "tool_end {\"toolId\":\"c2\",\"isError\":false,\"output\":\"\",\"path\":\"/a\"}",
        "tool_end {\"toolId\":\"c3\",\"isError\":true,\"output\":\"\",\"path\":\"/a\"}",
        "\"output\":\"exit code 2\",\"exitCode\":2,\"durationMs\":17}",
        "\"output\":\"This call was declined.\"}",
        NULL};
    Rig r;
    rig_open(&r, &adapter_codex, &(AdapterSpec){0});
    check_ends(&r, lines, wanted);
}

#define CALL_(kind, fields)                                                                            \
    "{\"jsonrpc\":\"2.0\",\"method\":\"session/update\",\"params\":{\"sessionId\":\"s1\",\"update\":{" \
    "\"sessionUpdate\":\"" kind "\"," fields "}}}"
#define DIFF_(before, after) "{\"type\":\"diff\",\"path\":\"/f\",\"oldText\":" before ",\"newText\":\"" after "\"}"

/* The diffs may come before the end, and the last ones count. */
TEST(an_agent_over_acp_shows_its_changes_as_diffs) {
    static const char *const lines[] = {
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"protocolVersion\":1,\"agentCapabilities\":{}}}",
        "{\"jsonrpc\":\"2.0\",\"id\":\"muster-session\",\"result\":{\"sessionId\":\"s1\"}}",
        CALL_("tool_call", "\"toolCallId\":\"c1\",\"kind\":\"edit\",\"status\":\"in_progress\",\"content\":[" DIFF_(
                               "null", "a\\n") "]"),
        CALL_("tool_call_update", "\"toolCallId\":\"c1\",\"content\":[" DIFF_("\"a\\nb\\n\"", "a\\nc\\nd\\n") "," DIFF_(
                                      "null", "x\\n") "]"),
        CALL_("tool_call_update", "\"toolCallId\":\"c1\",\"status\":\"completed\""),
        CALL_("tool_call",
              "\"toolCallId\":\"c2\",\"kind\":\"edit\",\"status\":\"failed\",\"content\":[" DIFF_("null", "a\\n") "]"),
        CALL_("tool_call", "\"toolCallId\":\"c3\",\"kind\":\"execute\",\"title\":\"x\",\"status\":\"completed\","
                           "\"_meta\":{\"terminal_exit\":{\"exit_code\":130}}"),
        CALL_("tool_call", "\"toolCallId\":\"c4\",\"kind\":\"read\",\"title\":\"x\",\"status\":\"completed\","
                           "\"rawOutput\":{\"exitCode\":1,\"text\":\"t\"}"),
        NULL};
    static const char *const wanted[] = {
        "{\"toolId\":\"c1\",\"isError\":false,\"output\":\"\",\"path\":\"/f\",\"added\":3,\"removed\":1}",
        "{\"toolId\":\"c2\",\"isError\":true,\"output\":\"\",\"path\":\"/f\"}",
        "{\"toolId\":\"c3\",\"isError\":false,\"output\":\"\",\"exitCode\":130}",
        "{\"toolId\":\"c4\",\"isError\":false,\"output\":\"t\"}", NULL};
    Rig r;
    rig_open(&r, &adapter_acp, &(AdapterSpec){0});
    check_ends(&r, lines, wanted);
}
