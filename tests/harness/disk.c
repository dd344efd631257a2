/* muster-disk FOLDER MIB: mounts a file system of that size there; muster-disk FOLDER: unmounts it. mount(8) allows
 * only root to do so, even where muster-reap has made a namespace in which others may. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

int main(int argc, char **argv) {
    char options[64];
    if (argc < 2 || argc > 3) {
        fprintf(stderr, "usage: muster-disk FOLDER [MIB]\n");
        return 2;
    }
    if (argc == 3) snprintf(options, sizeof options, "size=%.20sm,mode=700", argv[2]);
    int failed =
        argc == 3 ? mount("tmpfs", argv[1], "tmpfs", MS_NOSUID | MS_NODEV, options) : umount2(argv[1], MNT_DETACH);
    if (failed) fprintf(stderr, "muster-disk: %s: %s\n", argv[1], strerror(errno));
    return failed != 0;
}
