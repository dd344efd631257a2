/* For targets that need files: a folder in memory, since a sync costs nothing there. Its end removes it; its content is
 * whoever made it to remove. */
#pragma once

/* Its descriptor; made on first use. `remove_files` (may be NULL) is called before the folder goes. */
int fuzz_folder(void (*remove_files)(int dirfd));
