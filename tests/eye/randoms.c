/* Prints what every source of random numbers gives, a line each, under libmuster-clock. */
#include <dlfcn.h>
#include <fcntl.h>
#include <string.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check.h"

static void print(const char *name, const unsigned char *bytes, size_t n) {
    printf("%s ", name);
    for (size_t i = 0; i < n; i++) printf("%02x", bytes[i]);
    printf("\n");
}

int main(void) {
    unsigned char b[16];
    CHECK(getrandom(b, sizeof b, 0) == sizeof b);
    print("getrandom", b, sizeof b);
    CHECK(getentropy(b, sizeof b) == 0);
    print("getentropy", b, sizeof b);
    CHECK(syscall(SYS_getrandom, b, sizeof b, 0) == sizeof b);
    print("syscall", b, sizeof b);
    int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
    CHECK(fd >= 0 && read(fd, b, sizeof b) == sizeof b && close(fd) == 0);
    print("open", b, sizeof b);
    fd = openat(AT_FDCWD, "/dev/random", O_RDONLY);
    CHECK(fd >= 0 && read(fd, b, sizeof b) == sizeof b && close(fd) == 0);
    print("openat", b, sizeof b);
    FILE *f = fopen("/dev/urandom", "rb");
    CHECK(f && fread(b, 1, sizeof b, f) == sizeof b && fclose(f) == 0);
    print("fopen", b, sizeof b);
    /* Not in all versions of libc. */
    uint32_t (*arc4)(void) = (uint32_t(*)(void))(uintptr_t)dlsym(RTLD_DEFAULT, "arc4random");
    uint32_t word = arc4 ? arc4() : 0;
    print("arc4random", (const unsigned char *)&word, sizeof word);
    /* Found in libc itself, by its handle. */
    void *libc = dlopen("libc.so.6", RTLD_LAZY);
    ssize_t (*by_handle)(void *, size_t, unsigned) =
        (ssize_t(*)(void *, size_t, unsigned))(uintptr_t)dlsym(libc, "getrandom");
    CHECK(by_handle && by_handle(b, sizeof b, 0) == sizeof b);
    print("by handle", b, sizeof b);
    CHECK(dlsym(libc, "no_such_function") == NULL && dlerror());
    return 0;
}
