/* CRC-32C (Castagnoli, RFC 3720 appendix B.4). crc32c(0, "123456789", 9) == 0xE3069283. Any thread. */
#pragma once

#include <stddef.h>
#include <stdint.h>

uint32_t crc32c(uint32_t crc, const void *p, size_t n);
