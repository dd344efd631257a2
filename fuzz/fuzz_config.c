/* Start-up options: a configuration file and a command line of any bytes give options within their ranges, or a message
 * that names the place. The file ends at the first byte of 0xFF; the arguments follow, separated by such bytes. */
#include "daemon/config.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"

enum { ARGUMENTS_MAX = 16 };

static char folder[] = "/dev/shm/muster-fuzz-XXXXXX"; /* memory: a sync costs nothing */
static char file[sizeof folder + sizeof "/muster/config.yaml"];

static void remove_folder(void) {
    unlink(file);
    *strrchr(file, '/') = 0;
    rmdir(file);
    rmdir(folder);
}

static void open_folder(void) {
    if (file[0]) return;
    MUST(mkdtemp(folder));
    snprintf(file, sizeof file, "%s/muster", folder);
    MUST(mkdir(file, 0700) == 0);
    snprintf(file, sizeof file, "%s/muster/config.yaml", folder);
    setenv("XDG_CONFIG_HOME", folder, 1);
    atexit(remove_folder);
}

static void write_file(Str text) {
    int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    MUST(fd >= 0 && write(fd, text.p, text.n) == (ssize_t)text.n);
    close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    char *argv[ARGUMENTS_MAX + 1] = {"muster"};
    int argc = 1;
    Str rest = str_n(data, size), part;
    Config c;
    Err e = {0};
    open_folder();
    write_file(str_split(&rest, (char)0xFF, &part) ? part : STR(""));
    while (argc < ARGUMENTS_MAX && str_split(&rest, (char)0xFF, &part)) argv[argc++] = arena_cstr(a, part);
    if (config_load(argc, argv, a, &c, &e) < 0) {
        MUST(e.code != ERR_OK && e.text[0]);
        return 0;
    }
    MUST(c.port >= 0 && c.port <= 65535 && c.home[0] && c.cache[0] && c.n_words < argc);
    return 0;
}
