#include "adapter/eye.h"

#include "base/test.h"

#define STATUS_LINE                                                                                                       \
    "{\"type\":\"status\",\"state\":\"waiting\",\"detail\":\"nobody steps\",\"width\":1280,\"height\":720,\"fps\":59.9,"  \
    "\"stepsPerS\":0,\"frames\":12,\"steps\":3,\"stale\":1,\"timeouts\":0,\"delivered\":11,\"dropped\":2,\"ranAhead\":0," \
    "\"resets\":1,\"generation\":2,\"latencyP50Us\":41.5,\"path\":\"shared\",\"later\":{\"x\":1},\"consumers\":["         \
    "{\"name\":\"trainer\",\"role\":\"step\",\"pid\":7,\"fps\":59.9,\"delivered\":11,\"dropped\":0,\"held\":1,\"new\":2}]}"

TEST(eye_status_is_read_and_what_a_later_version_adds_is_ignored) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    EyeReport r;
    eye_report_read(STR(STATUS_LINE), a, &r);
    CHECK_I64(r.kind, EYE_SAYS_STATUS);
    CHECK_I64(r.status.state, EYE_STATE_WAITING);
    CHECK_STR(r.status.detail, "nobody steps");
    CHECK(r.status.fps == 59.9);
    CHECK_I64(r.status.generation, 2);
    CHECK(HAS(EyeStatusLine, &r.status, latency_p50_us));
    CHECK(!HAS(EyeStatusLine, &r.status, step_p50_us));
    CHECK_I64(r.status.consumers.n, 1);
    CHECK_STR(r.status.consumers.items[0].name, "trainer");
}

TEST(eye_reports_are_told_apart_by_their_type) {
    static const struct {
        const char *line;
        EyeReportKind kind;
    } cases[] = {
        {"{\"type\":\"hello\",\"protocol\":1,\"pid\":9,\"wayland\":\"/w\",\"socket\":\"/s\",\"frameSocket\":\"/f\","
         "\"viewSocket\":\"/v\"}",
         EYE_SAYS_HELLO},
        {"{\"type\":\"reset\",\"reason\":\"client\",\"generation\":3}", EYE_SAYS_RESET},
        {"{\"type\":\"program\",\"event\":\"exited\",\"code\":1}", EYE_SAYS_PROGRAM},
        {"{\"type\":\"error\",\"message\":\"No.\"}", EYE_SAYS_ERROR},
        {"{\"type\":\"recorded\",\"path\":\"/r\",\"steps\":4}", EYE_SAYS_RECORDED},
        {"{\"type\":\"replayed\",\"path\":\"/r\",\"steps\":4,\"differsAt\":2}", EYE_SAYS_REPLAYED},
        {"{\"type\":\"filmed\",\"path\":\"/r\",\"steps\":4,\"bytes\":9}", EYE_SAYS_FILMED},
        {"{\"type\":\"dreamt\"}", EYE_SAYS_UNKNOWN},
        {"{\"type\":\"status\",\"state\":\"asleep\"}", EYE_SAYS_NONSENSE},
        {"{\"type\":7}", EYE_SAYS_NONSENSE},
        {"[]", EYE_SAYS_NONSENSE},
        {"Segmentation fault", EYE_SAYS_NONSENSE},
        {"", EYE_SAYS_NONSENSE},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CLEANUP(arena_freep) Arena *a = arena_new();
        EyeReport r;
        eye_report_read(str(cases[i].line), a, &r);
        CHECK_I64(r.kind, cases[i].kind);
        if (r.kind == EYE_SAYS_NONSENSE) CHECK(r.error.message.n > 0);
    }
}
