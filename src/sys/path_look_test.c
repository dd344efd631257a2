#include "sys/path_look.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/test.h"

TEST(what_is_there_what_is_not_and_what_cannot_be_looked_at_are_told_apart) {
    char folder[] = "/tmp/look-XXXXXX", link[64], gone[64], beneath_file[64], loop[64];
    struct stat st;
    CHECK(mkdtemp(folder) && stat(folder, &st) == 0);
    snprintf(link, sizeof link, "%s/link", folder);
    snprintf(gone, sizeof gone, "%s/gone", folder);
    snprintf(loop, sizeof loop, "%s/loop", folder);
    snprintf(beneath_file, sizeof beneath_file, "/proc/self/stat/x");
    CHECK(symlink(gone, link) == 0 && symlink("loop", loop) == 0);
    PathLook looks[] = {{.path = str(folder)},
                        {.path = str(gone)},
                        {.path = str(link)},
                        {.path = str(link), .follows_link = true},
                        {.path = STR("/proc/self/stat")},
                        {.path = str(beneath_file)},
                        {.path = str(loop), .follows_link = true}};
    static const PathState want[] = {PATH_THERE, PATH_ABSENT, PATH_THERE,  PATH_ABSENT,
                                     PATH_THERE, PATH_ABSENT, PATH_REFUSED};
    paths_look(looks, COUNT_OF(looks));
    for (size_t i = 0; i < COUNT_OF(looks); i++) CHECK_I64(looks[i].state, want[i]);
    CHECK(looks[0].is_folder && looks[0].inode == st.st_ino && looks[0].device == st.st_dev);
    CHECK(!looks[2].is_folder && !looks[4].is_folder && !looks[1].inode);
    CHECK(str_eq(looks[4].path, STR("/proc/self/stat")));
    CHECK_I64(path_look(str(folder)), PATH_THERE);
    CHECK_I64(path_look(str(gone)), PATH_ABSENT);
    unlink(link);
    unlink(loop);
    rmdir(folder);
}
