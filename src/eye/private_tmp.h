/* A /tmp of its own for a child, where the system's is read-only: X servers write their keyboard map there, and know no other
 * place. */
#pragma once

#include <stdbool.h>

/* In a child between fork and exec: from then on /tmp is empty and writable for it alone. `kept`, an absolute path of a folder,
 * stays where it is, below /tmp too. False: the system allows no namespaces, and everything is as it was, or /tmp is empty. */
bool private_tmp_make(const char *kept);
