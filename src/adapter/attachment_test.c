/* Attachments in the lines to each kind of CLI. */
#include "adapter/attachment.h"

#include "adapter/adapters.h"
#include "adapter/rig.h"
#include "base/mem.h"
#include "base/test.h"

/* An image in its line, one that is too large for it, and a file. */
static const EvAttachment shown[] = {
    {.id = STR("att_1"), .name = STR("a.png"), .media_type = STR("image/png"), .size = 3, .width = 2, .height = 2},
    {.id = STR("att_2"),
     .name = STR("big.png"),
     .media_type = STR("image/png"),
     .size = 9 << 20,
     .width = 2,
     .height = 2},
    {.id = STR("att_3"), .name = STR("a \"b\".pdf"), .media_type = STR("application/pdf"), .size = 7},
};
static const AttachedFile files[] = {
    {&shown[0], STR("/h/1.png"), STR("aGk=")}, {&shown[1], STR("/h/2.png"), {0}}, {&shown[2], STR("/h/3.pdf"), {0}}};

TEST(a_prompt_with_files_has_images_as_blocks_and_the_paths_of_the_others) {
    CLEANUP(buf_done) Buf b;
    CLEANUP(arena_freep) Arena *a = arena_new();
    AdapterHeard heard;
    Err e = {0};
    buf_init(&b, 4096);
    CHECK_OK(adapter_claude.prompt(&(AdapterTo){.files = {files, 3}}, STR("look \"here\""), &b, &e), e);
    CHECK_STR(
        buf_str(&b),
        "{\"type\":\"user\",\"message\":{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"look "
        "\\\"here\\\"\"},{\"type\":\"image\",\"source\":{\"type\":\"base64\",\"media_type\":\"image/png\","
        "\"data\":\"aGk=\"}},{\"type\":\"text\",\"text\":\"Attached files, to be read at their paths:\\n- /h/2.png "
        "(big.png, image/png, 9437184 bytes)\\n- /h/3.pdf (a \\\"b\\\".pdf, application/pdf, 7 bytes)\"}]}}\n");
    adapter_claude.hear(buf_str(&b), a, &heard);
    CHECK(heard.kind == HEARD_PROMPT);
    CHECK_STR(heard.text, "look \"here\"");
}

TEST(what_does_not_fit_into_a_line_goes_by_its_path) {
    CHECK(attachment_fits(&shown[0]) && !attachment_fits(&shown[1]) && !attachment_fits(&shown[2]));
    CHECK(!attachment_fits(&(EvAttachment){.media_type = STR("image/png"), .size = 3}));
    CHECK(!attachment_fits(&(EvAttachment){.media_type = STR("image/png"), .size = 3, .width = 8001, .height = 1}));
    CHECK(!attachment_fits(&(EvAttachment){.media_type = STR("text/plain"), .size = 3, .width = 1, .height = 1}));
}

static const AttachedFile spaced = {&shown[0], STR("/h o/1.png"), STR("aGk=")};

TEST(acp_takes_images_where_the_agent_says_so_and_else_links) {
    static const struct {
        const char *takes_images, *block;
    } cases[] = {
        {"false",
         "{\"type\":\"resource_link\",\"mimeType\":\"image/png\",\"uri\":\"file:///h%20o/1.png\",\"name\":\"a.png\",\"size\":3}"},
        {"true", "{\"type\":\"image\",\"mimeType\":\"image/png\",\"uri\":\"file:///h%20o/1.png\",\"data\":\"aGk=\"}"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CLEANUP(buf_done) Buf b;
        Rig r;
        AdapterHeard heard;
        Err e = {0};
        buf_init(&b, 8192);
        rig_open(&r, &adapter_acp, &(AdapterSpec){0});
        rig_say(&r, arena_fmt(r.arena,
                              "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"protocolVersion\":1,\"agentCapabilities\":{"
                              "\"promptCapabilities\":{\"image\":%s}}}}",
                              cases[i].takes_images)
                        .p);
        AdapterTo to = {.session_id = STR("s1"), .number = 7, .state = rig_saved(&r), .files = {&spaced, 1}};
        CHECK_OK(r.adapter->prompt(&to, STR("look"), &b, &e), e);
        CHECK_CONTAINS(buf_str(&b), cases[i].block);
        r.adapter->hear(buf_str(&b), r.arena, &heard);
        CHECK_STR(heard.text, "look");
        rig_close(&r);
    }
}

TEST(codex_reads_images_itself) {
    CLEANUP(buf_done) Buf b;
    CLEANUP(arena_freep) Arena *a = arena_new();
    AdapterHeard heard;
    Err e = {0};
    buf_init(&b, 8192);
    AdapterTo to = {.session_id = STR("t1"), .number = 7, .files = {files, 3}};
    CHECK_OK(adapter_codex.prompt(&to, STR("look"), &b, &e), e);
    CHECK_CONTAINS(buf_str(&b),
                   "\"input\":[{\"type\":\"text\",\"text\":\"look\",\"text_elements\":[]},{\"type\":\"localImage\","
                   "\"path\":\"/h/1.png\"},{\"type\":\"text\",\"text\":\"Attached files");
    CHECK_CONTAINS(buf_str(&b), "/h/2.png");
    adapter_codex.hear(buf_str(&b), a, &heard);
    CHECK_STR(heard.text, "look");
}
