/* Lines of the Codex adapter: see adapter_lines.h. */
#include "adapter/adapters.h"
#include "adapter_lines.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size) adapter_lines_begun(&adapter_codex, data[0], str_n(data + 1, size - 1));
    return 0;
}
