/* What the claude adapter writes to the CLI: whatever a person typed, each order is one line of JSON with the given
 * values, or a refusal without output. Six texts, separated by bytes of 0xFF, fill the fields; the first byte selects
 * the order. */
#include "adapter/adapters.h"
#include "base/mem.h"
#include "base/text_cut.h"
#include "fuzz.h"

enum { OUT_MAX = 1 << 20, SMALL_MAX = 200, N_TEXTS = 6 };

typedef struct Order {
    Str text[N_TEXTS];
    unsigned choice;
} Order;

/* A person's text is valid UTF-8 here, because shapes refuse anything else. */
static void take_texts(Str in, Arena *a, Order *ret) {
    Str part;
    for (int i = 0; i < N_TEXTS; i++)
        ret->text[i] = str_split(&in, (char)0xFF, &part) ? text_clean(a, part, part.n) : STR("");
}

static int put_answer(const Order *o, Buf *out) {
    AdapterAnswer answer = {.request_id = o->text[0],
                            .kind = (AskKind)(o->choice / 4 % AskKind_n),
                            .decision = (AskDecision)(o->choice / 16 % AskDecision_n),
                            .message = o->text[1],
                            .input = o->text[2],
                            .original_input = o->text[3],
                            .suggestions = o->text[4],
                            .interrupt = o->choice & 128};
    return adapter_claude.answer(&(AdapterTo){0}, &answer, out, NULL);
}

static int put(const Order *o, Buf *out) {
    AdapterTo to = {0};
    switch (o->choice % 4) {
    case 0: return adapter_claude.prompt(&to, o->text[0], out, NULL);
    case 1: return put_answer(o, out);
    case 2: return adapter_claude.interrupt(&to, o->text[0], out, NULL);
    default: return adapter_claude.set_mode(&to, (AgentMode)(o->choice / 4 % AgentMode_n), o->text[0], out, NULL);
    }
}

static void check(const Order *o, size_t max) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    CLEANUP(buf_done) Buf out;
    Json *root;
    size_t newline;
    buf_init(&out, max);
    buf_add_str(&out, STR("before\n"));
    if (put(o, &out) < 0) {
        MUST(str_is(buf_str(&out), "before\n"));
        return;
    }
    Str line = str_from(buf_str(&out), 7);
    MUST(str_find(line, STR("\n"), &newline) && newline == line.n - 1);
    MUST(json_parse(a, line, JSON_DEPTH_MAX, &root, NULL) == 0 && root->type == JSON_OBJECT);
    if (o->choice % 4 == 0) MUST(str_eq(json_str(json_get(root, "message"), "content"), o->text[0]));
    if (o->choice % 4 == 1) MUST(str_eq(json_str(json_get(root, "response"), "request_id"), o->text[0]));
    if (o->choice % 4 > 1) MUST(str_eq(json_str(root, "request_id"), o->text[0]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 1) return 0;
    CLEANUP(arena_freep) Arena *a = arena_new();
    Order o = {.choice = data[0]};
    take_texts(str_n(data + 1, size - 1), a, &o);
    check(&o, OUT_MAX);
    check(&o, SMALL_MAX);
    return 0;
}
