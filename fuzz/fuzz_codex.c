/* Lines of the Codex adapter: see adapter_lines.h. The first byte says what the launch asks for. */
#include "adapter/adapters.h"
#include "adapter_lines.h"
#include "base/mem.h"
#include "fuzz.h"

enum { RESUMES = 1, FORKS = 2, HAS_MODEL = 4, MODE_SHIFT = 3, PERMISSION_SHIFT = 5 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (!size) return 0;
    CLEANUP(buf_done) Buf first;
    unsigned choice = data[0];
    AdapterSpec spec = {.session_id = STR("s0"),
                        .resume = choice & RESUMES,
                        .fork_from = choice & FORKS ? STR("s0") : (Str){0},
                        .mode = (AgentMode)(choice >> MODE_SHIFT & 3) % AgentMode_n,
                        .permissions = choice >> PERMISSION_SHIFT,
                        .model = choice & HAS_MODEL ? STR("m") : (Str){0}};
    buf_init(&first, ADAPTER_STATE_MAX);
    MUST(adapter_codex.begin(&(AdapterBegin){.spec = &spec, .folder = STR("/wt")}, &first, NULL) == 0);
    adapter_lines(&adapter_codex, buf_str(&first), str_n(data + 1, size - 1));
    return 0;
}
