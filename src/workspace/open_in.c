/* Opening a place of a worktree in a program of the person's own. The settings name it as words, which become its arguments
 * one by one: no shell sees them, whatever a repository's files are called. It outlives the daemon's call and belongs to
 * nobody's launch. */
#include <fcntl.h>
#include <unistd.h>

#include "base/mem.h"
#include "core/setting.h"
#include "sys/environment.h"
#include "sys/file.h"
#include "sys/process.h"
#include "workspace/file_in.h"

ENUM_DEFINE(OpenWith, OPEN_WITH_WORDS);
SHAPE_DEFINE(OpenIn, OPEN_IN);
SHAPE_DEFINE(Opened, OPENED);

enum { ARGUMENT_MAX = 8192 };

static const struct {
    Setting setting;
    bool wants_folder;
} programs[] = {[OPEN_EDITOR] = {SET_OPEN_EDITOR, false},
                [OPEN_TERMINAL] = {SET_OPEN_TERMINAL, true},
                [OPEN_FILE_MANAGER] = {SET_OPEN_FILE_MANAGER, true}};

/* What a program with windows needs besides what every program of the person gets. */
static const char *const desktop[] = {"DISPLAY",         "WAYLAND_DISPLAY", "XAUTHORITY", "DBUS_SESSION_BUS_ADDRESS",
                                      "DESKTOP_SESSION", "GTK_*",           "QT_*",       "EDITOR",
                                      "VISUAL"};

static int find_place(const Worktree *w, const OpenIn *in, Arena *a, Str *ret, Err *e) {
    CLEANUP(fd_closep) int top = -1, fd = -1;
    const char *path = ".";
    struct stat st;
    if (in->path.n) TRY(worktree_path(a, in->path, &path, e));
    TRY(worktree_top(w, &top, e));
    TRY(file_open_beneath(top, path, O_PATH, 0, &fd, e));
    if (fstat(fd, &st) < 0) return err_sys(e, "look at %s", path);
    if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
        return err_fail(e, ERR_INVALID, "%s is neither a file nor a folder", path);
    TRY(file_path_of_fd(fd, a, ret, e));
    if (programs[in->what].wants_folder && !S_ISDIR(st.st_mode)) *ret = str_upto(*ret, ret->n - path_last(*ret).n - 1);
    return 0;
}

/* Of a path with "{path}" in it, too, only what the setting says is replaced. */
static Str replace_names(Arena *a, Str word, Str path, Str line) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, ARGUMENT_MAX);
    while (word.n) {
        bool is_path = str_starts(word, STR("{path}")), is_line = str_starts(word, STR("{line}"));
        if (is_path || is_line)
            buf_add_str(&b, is_path ? path : line);
        else
            buf_add_c(&b, word.p[0]);
        word = str_from(word, is_path || is_line ? 6 : 1);
    }
    return arena_str(a, buf_str(&b));
}

static const char *const *make_environment(Arena *a) {
    Str names[COUNT_OF(desktop)];
    for (size_t i = 0; i < COUNT_OF(desktop); i++) names[i] = str(desktop[i]);
    return environment_list(a, &(StrList){names, COUNT_OF(desktop)}, NULL);
}

static int start(Arena *a, const StrList *command, Str place, bool is_folder, Err *e) {
    const char **argv = arena_array(a, command->n + 1, sizeof *argv);
    Str folder = is_folder ? place : str_upto(place, place.n - path_last(place).n);
    int64_t pid;
    for (size_t i = 0; i < command->n; i++) argv[i] = command->items[i].p;
    ProcessSpec spec = {.argv = argv, .envp = make_environment(a), .cwd = arena_cstr(a, folder)};
    int r = process_spawn_detached(&spec, 0, &pid, e);
    return r == -ERR_NOT_FOUND
               ? err_fail(e, ERR_MISSING_CLI, "the program %s was not found; the settings open.* name it", argv[0])
               : r;
}

int worktree_open_in(OpCall *c, const OpenIn *in, Opened *out, Err *e) {
    WorktreeRef ref = {.workspace_id = in->workspace_id, .worktree_id = in->worktree_id};
    Setting setting = programs[in->what].setting;
    Worktree w;
    Str place;
    if (!c->who->is_local)
        return err_fail(e, ERR_FORBIDDEN, "programs are opened only for callers on the machine of the daemon");
    TRY(worktree_of(c->db, &ref, c->arena, &w, e));
    TRY(find_place(&w, in, c->arena, &place, e));
    StrList words = setting_strs(c->app->settings, setting, c->arena);
    if (!words.n)
        return err_fail(e, ERR_MISSING_CLI, "no program is set; name one in the setting %s",
                        setting_def(setting)->name);
    Str line = arena_fmt(c->arena, "%lld", (long long)in->line);
    out->command = (StrList){arena_array(c->arena, words.n, sizeof(Str)), words.n};
    for (size_t i = 0; i < words.n; i++) out->command.items[i] = replace_names(c->arena, words.items[i], place, line);
    TRY(op_audit_first(c, e));
    return start(c->arena, &out->command, place, programs[in->what].wants_folder, e);
}
