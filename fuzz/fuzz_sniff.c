/* What a file is by its first bytes: any bytes have a type, and an image has two sides or none. */
#include "attachment/sniff.h"
#include "base/mem.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *head = mu_alloc(size + 1);
    if (size) memcpy(head, data, size);
    for (int is_all = 0; is_all < 2; is_all++) {
        Sniffed s = sniff(str_n(head, size), is_all ? (int64_t)size : INT64_MAX);
        MUST(s.media && s.suffix);
        MUST(s.width >= 0 && s.height >= 0 && !s.width == !s.height);
    }
    free(head);
    return 0;
}
