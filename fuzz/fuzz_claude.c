/* Lines of the claude adapter: see adapter_lines.h. */
#include "adapter/adapters.h"
#include "adapter_lines.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    adapter_lines(&adapter_claude, (Str){0}, str_n(data, size));
    return 0;
}
