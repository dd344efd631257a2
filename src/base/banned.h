/* Functions that must not be used. Force-included by the build after the headers that may mention them, so that a
 * use does not compile; each has a bounded or checked replacement in base/ or sys/. */
#pragma once

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#pragma GCC poison strcpy strcat sprintf vsprintf strncpy strncat strtok gets atoi atol atoll atof popen
#pragma GCC poison localtime gmtime ctime asctime

/* Words that libraries use as names of their own: only a use of the function is refused, as a deprecated one. */
__attribute__((deprecated("exec only through sys/process"))) int system(const char *command);
__attribute__((deprecated("use random_bytes"))) int rand(void);
__attribute__((deprecated("use random_bytes"))) void srand(unsigned int seed);
