#include "folder.h"

#include <fcntl.h>
#include <unistd.h>

#include "fuzz.h"

static char path[] = "/dev/shm/muster-fuzz-XXXXXX";
static int folder = -1;
static void (*remove_files)(int dirfd);

static void remove_folder(void) {
    if (remove_files) remove_files(folder);
    rmdir(path);
}

int fuzz_folder(void (*fn)(int dirfd)) {
    if (folder >= 0) return folder;
    MUST(mkdtemp(path));
    folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    remove_files = fn;
    atexit(remove_folder);
    return folder;
}
