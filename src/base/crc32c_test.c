#include "base/crc32c.h"

#include "base/test.h"

/* RFC 3720 appendix B.4, and the check value of CRC-32/ISCSI in the CRC catalogue. */
TEST(crc32c_of_known_inputs) {
    static const unsigned char zeros[32];
    unsigned char ones[32], rising[32], falling[32];
    memset(ones, 0xFF, sizeof ones);
    for (int i = 0; i < 32; i++) {
        rising[i] = (unsigned char)i;
        falling[i] = (unsigned char)(31 - i);
    }
    CHECK_I64(crc32c(0, "123456789", 9), 0xE3069283);
    CHECK_I64(crc32c(0, zeros, 32), 0x8A9136AA);
    CHECK_I64(crc32c(0, ones, 32), 0x62A8AB43);
    CHECK_I64(crc32c(0, rising, 32), 0x46DD794E);
    CHECK_I64(crc32c(0, falling, 32), 0x113FDB5C);
    CHECK_I64(crc32c(0, "", 0), 0);
}

TEST(crc32c_continues_from_a_prefix) {
    const char text[] = "the quick brown fox jumps over the lazy dog";
    uint32_t whole = crc32c(0, text, sizeof text);
    for (size_t cut = 0; cut <= sizeof text; cut++)
        CHECK_I64(crc32c(crc32c(0, text, cut), text + cut, sizeof text - cut), whole);
}
