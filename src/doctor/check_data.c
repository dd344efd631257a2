/* Checks of the data folder: its place, the store, the logs of launches, and what is kept in it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/ulid.h"
#include "core/launch_space.h"
#include "core/setting.h"
#include "db/state.h"
#include "doctor/doctor_in.h"
#include "sys/file.h"
#include "sys/self.h"

enum { STORE_CHECK_MS = 4000, WAL_LARGE_BYTES = 256 << 20, BALLAST_WANTED = 32 << 20 };

static const char *word(Check *c, const char *path) { return shell_word(str(path), c->arena).p; }

static const char *in_home(Check *c, const char *name) { return arena_fmt(c->arena, "%s/%s", c->place->home, name).p; }

/* --- the folder --- */

/* File systems whose locks, shared memory or renames do not hold what the store needs (statfs(2)). */
static const struct {
    long magic;
    const char *name;
} risky[] = {{0x6969, "NFS"},     {0xff534d42, "CIFS"}, {0xfe534d42, "SMB"},   {0x517b, "SMB"},
             {0x01021997, "9P"},  {0x65735546, "FUSE"}, {0x5346414f, "AFS"},   {0x00c36400, "Ceph"},
             {0x6b414653, "AFS"}, {0x4d44, "FAT"},      {0x2011bab0, "exFAT"}, {0x858458f6, "a RAM disk"}};

static void check_mode(Check *c, const char *title, const char *path, const char *mode) {
    struct stat st;
    if (stat(path, &st) < 0) return;
    if (st.st_uid != geteuid()) {
        check_say(c, DOCTOR_ERROR, title, "%s belongs to user %lld", path, (long long)st.st_uid);
        check_advise(c, "run `chown -R %lld %s` as root", (long long)geteuid(), word(c, path));
    } else if (st.st_mode & 077) {
        check_say(c, DOCTOR_ERROR, title, "%s has mode %04o: others can read it", path, st.st_mode & 07777);
        check_advise(c, "run `chmod %s %s`", mode, word(c, path));
    } else {
        check_say(c, DOCTOR_OK, title, "%s, mode %04o", path, st.st_mode & 07777);
    }
}

static void check_file_system(Check *c) {
    struct statfs fs;
    if (statfs(c->place->home, &fs) < 0) return;
    for (size_t i = 0; i < COUNT_OF(risky); i++) {
        if ((long)(fs.f_type & 0xffffffffl) != (risky[i].magic & 0xffffffffl)) continue;
        check_say(c, DOCTOR_WARNING, "data folder", "%s is on %s: the store may be damaged there, or lost",
                  c->place->home, risky[i].name);
        check_advise(c, "move it to a local disk; --home names another folder");
    }
    if (access(c->place->home, W_OK) < 0 && errno == EROFS) {
        check_say(c, DOCTOR_ERROR, "data folder", "the file system of %s is mounted read-only", c->place->home);
        check_advise(c, "mount it writable; the kernel's log says why it may have been remounted");
    }
}

void check_home(Check *c) {
    struct stat st;
    if (stat(c->place->home, &st) < 0) {
        check_say(c, DOCTOR_WARNING, "data folder", "%s does not exist yet", c->place->home);
        check_advise(c, "`%s serve` creates it", c->place->command);
        return;
    }
    check_mode(c, "data folder", c->place->home, "700");
    check_file_system(c);
    check_mode(c, "token", in_home(c, "token"), "600");
}

/* --- its disk --- */

/* The daemon's setting; its default when no daemon can be asked. */
static int64_t min_free_mib(Check *c, bool *ret_is_default) {
    const SettingDef *def = setting_def(SET_LAUNCH_MIN_FREE_MIB);
    const Json *list = check_ask_list(c, "list_settings", "", "settings");
    *ret_is_default = !list;
    for (size_t i = 0; list && i < list->n; i++) {
        int64_t value;
        if (str_is(json_str(&list->items[i], "name"), def->name) &&
            str_parse_i64(json_str(&list->items[i], "value"), def->min, def->max, &value))
            return value;
    }
    return def->def;
}

/* What the next start on a full disk needs is reserved while there is room for twice as much. */
static void check_ballast(Check *c, int64_t free_bytes) {
    struct stat st;
    if (stat(in_home(c, "ballast"), &st) == 0)
        check_say(c, DOCTOR_OK, "reserve", "%lld MiB are reserved for a start on a full disk",
                  (long long)(st.st_size >> 20));
    else if (free_bytes >= BALLAST_WANTED)
        check_say(c, DOCTOR_SKIPPED, "reserve", "a running daemon reserves room for a start on a full disk");
    else
        check_say(c, DOCTOR_WARNING, "reserve", "there is no room to reserve for a start on a full disk");
}

void check_space(Check *c) {
    bool is_default = false;
    struct statfs fs;
    const char *name = setting_def(SET_LAUNCH_MIN_FREE_MIB)->name;
    if (access(c->place->home, F_OK) < 0) return;
    LaunchSpace space = launch_space(c->place->home);
    int64_t free_bytes = space.free_bytes, least = min_free_mib(c, &is_default);
    const char *whose = is_default ? " by default" : "";
    if (free_bytes < 0) {
        check_say(c, DOCTOR_WARNING, "free space", "cannot be read");
    } else if (free_bytes < least << 20) {
        check_say(c, DOCTOR_ERROR, "free space", "%lld MiB: no agent is started below %lld MiB (setting %s%s)",
                  (long long)(free_bytes >> 20), (long long)least, name, whose);
        check_advise(c, "free some space on the disk of %s, or lower the setting", space.folder);
    } else {
        check_say(c, DOCTOR_OK, "free space", "%lld MiB; agents need %lld MiB (setting %s%s)",
                  (long long)(free_bytes >> 20), (long long)least, name, whose);
    }
    check_ballast(c, file_free_bytes(c->place->home));
    if (statfs(c->place->home, &fs) == 0 && fs.f_files > 0 && fs.f_ffree < fs.f_files / 100)
        check_say(c, DOCTOR_WARNING, "free space", "fewer than 1 %% of the file system's inodes are free: %lld",
                  (long long)fs.f_ffree);
}

/* --- the store --- */

static int64_t size_of(const char *path) {
    struct stat st;
    return stat(path, &st) == 0 ? (int64_t)st.st_size : 0;
}

static void say_store(Check *c, bool is_whole) {
    const char *path = in_home(c, "muster.db");
    int64_t wal = size_of(in_home(c, "muster.db-wal"));
    check_say(c, wal > WAL_LARGE_BYTES ? DOCTOR_WARNING : DOCTOR_OK, "store",
              "%s fits this version; %lld KiB, write-ahead log %lld KiB; %s", path, (long long)(size_of(path) >> 10),
              (long long)(wal >> 10),
              is_whole ? "no damage" : arena_fmt(c->arena, "no damage found in %d s", STORE_CHECK_MS / 1000).p);
    if (wal > WAL_LARGE_BYTES)
        check_advise(c, "a long read keeps the log from being emptied; restart the daemon if it does not shrink");
}

/* A store of another version, or one that was changed by hand, fails only at the first use of a statement. */
static void check_open_store(Check *c, DbConn *store) {
    Err e = {0};
    bool is_whole = false;
    int r = 0;
    for (const Sql *const *const *table = c->place->sql; *table && r >= 0; table++) r = db_check_sql(store, *table, &e);
    if (r < 0) {
        check_say(c, DOCTOR_ERROR, "store", "%s/muster.db does not fit this version: %s", c->place->home, e.text);
        check_advise(c, "if an older version wrote it, starting the daemon migrates it");
    } else if (db_check_for(store, STORE_CHECK_MS, &is_whole, &e) < 0) {
        check_say(c, DOCTOR_ERROR, "store", "%s/muster.db: %s", c->place->home, e.text);
        check_advise(c, "stop the daemon and put the newest backup in its place; the start names it");
    } else {
        say_store(c, is_whole);
    }
}

void check_store(Check *c) {
    DbConn *store;
    Err e = {0};
    int r = db_peek(c->place->home, &store, &e);
    if (r >= 0) {
        check_open_store(c, store);
        db_conn_close(store);
    } else {
        check_say(c, e.code == ERR_NOT_FOUND ? DOCTOR_WARNING : DOCTOR_ERROR, "store", "%s", e.text);
    }
}

void check_streams(Check *c) {
    const char *streams = in_home(c, "streams");
    CLEANUP(dir_closep) DIR *folder = opendir(streams);
    int64_t n = 0;
    if (!folder) {
        check_say(c, DOCTOR_SKIPPED, "streams", "there are no launches yet");
        return;
    }
    for (struct dirent *x; (x = readdir(folder));) n += id_is(str(x->d_name), "lch");
    check_say(c, DOCTOR_OK, "streams", "%lld %s, %lld MiB", (long long)n, str_plural(n, "launch", "launches"),
              (long long)(file_tree_bytes(streams) >> 20));
}

/* --- what is kept --- */

static bool has_entry(const Json *entries, Str id) {
    for (size_t i = 0; i < entries->n; i++)
        if (str_eq(json_str(&entries->items[i], "id"), id)) return true;
    return false;
}

/* Opening its repository adds it to the store again. */
static void say_unknown_entry(Check *c, const char *place) {
    CLEANUP(buf_done) Buf text;
    Json *manifest = NULL;
    Err e = {0};
    const char *path = arena_fmt(c->arena, "%s.json", place).p;
    buf_init(&text, 65536);
    int r = file_read(AT_FDCWD, path, &text, &e);
    if (r >= 0) r = json_parse(c->arena, arena_str(c->arena, buf_str(&text)), JSON_DEPTH_REQUEST, &manifest, &e);
    Str was = json_str(manifest, "path"), repository = json_str(manifest, "commonDir");
    if (r < 0 || !was.n || !repository.n) {
        check_say(c, DOCTOR_WARNING, "trash", "%s is not in the store, and its manifest cannot be read%s%s", place,
                  r < 0 ? ": " : "", r < 0 ? e.text : "");
        return;
    }
    check_say(c, DOCTOR_WARNING, "trash", "the worktree " STR_FMT " is at %s and not in the store", STR_ARG(was),
              place);
    check_advise(c, "opening its repository, " STR_FMT ", lists it in the trash again", STR_ARG(repository));
}

void check_trash(Check *c) {
    const Json *entries = check_ask_list(c, "list_trash", "", "entries");
    const char *trash = in_home(c, "trash");
    if (!entries) {
        check_say(c, DOCTOR_SKIPPED, "trash", "only the daemon knows what belongs to it");
        return;
    }
    CLEANUP(dir_closep) DIR *folder = opendir(trash);
    for (struct dirent *x; folder && (x = readdir(folder));) {
        Str name = arena_str(c->arena, str(x->d_name));
        if (id_is(name, "trs") && !has_entry(entries, name))
            say_unknown_entry(c, arena_fmt(c->arena, "%s/" STR_FMT, trash, STR_ARG(name)).p);
    }
    for (size_t i = 0; i < entries->n; i++) {
        if (!json_bool(&entries->items[i], "isGone", false)) continue;
        check_say(c, DOCTOR_WARNING, "trash", "the folder of " STR_FMT ", " STR_FMT ", is gone",
                  STR_ARG(json_str(&entries->items[i], "name")), STR_ARG(json_str(&entries->items[i], "place")));
        check_advise(c, "emptying the trash ends it");
    }
    if (!c->rows.n)
        check_say(c, DOCTOR_OK, "trash", "%zu %s", entries->n,
                  str_plural((int64_t)entries->n, "worktree", "worktrees"));
}

enum { SALVAGES_LISTED = 5000, SALVAGES_MANY = 1000 };

/* False: the daemon did not list them. */
static bool check_salvages_of(Check *c, const Json *workspace, size_t *n) {
    Str input = arena_fmt(c->arena, "{\"workspaceId\":\"" STR_FMT "\",\"limit\":%d}",
                          STR_ARG(json_str(workspace, "id")), SALVAGES_LISTED);
    const Json *salvages = check_ask_list(c, "list_workspace_salvages", input.p, "salvages");
    for (size_t i = 0; salvages && i < salvages->n; i++) {
        if (!str_is(json_str(&salvages->items[i], "state"), "damaged")) continue;
        check_say(c, DOCTOR_ERROR, "salvages", "salvage " STR_FMT " of the repository " STR_FMT " is damaged",
                  STR_ARG(json_str(&salvages->items[i], "id")), STR_ARG(json_str(workspace, "path")));
        check_advise(c, "`git fsck` there names the object");
    }
    if (salvages && salvages->n >= SALVAGES_MANY) {
        check_say(c, DOCTOR_WARNING, "salvages", "%zu%s salvages are kept of " STR_FMT, salvages->n,
                  salvages->n == SALVAGES_LISTED ? " or more" : "", STR_ARG(json_str(workspace, "path")));
        check_advise(c, "they stay until you delete them: in Recovery, or with the setting retention.salvage_days");
    }
    *n += salvages ? salvages->n : 0;
    return salvages != NULL;
}

static void say_unread(Check *c, const Json *first, size_t n) {
    Str path = json_str(first, "path");
    if (n == 1)
        check_say(c, DOCTOR_WARNING, "salvages",
                  "the salvages of " STR_FMT " were not checked: the daemon did not list them in time, or could not",
                  STR_ARG(path));
    else
        check_say(c, DOCTOR_WARNING, "salvages",
                  "the salvages of %zu repositories, the first is " STR_FMT
                  ", were not checked: the daemon did not list them in time, or could not",
                  n, STR_ARG(path));
}

void check_salvages(Check *c) {
    const Json *workspaces = check_ask_list(c, "list_workspaces", "", "workspaces");
    const Json *unread = NULL;
    size_t n = 0, n_unread = 0;
    if (!workspaces) {
        check_say(c, DOCTOR_SKIPPED, "salvages", "only the daemon knows the repositories that are open");
        return;
    }
    for (size_t i = 0; i < workspaces->n; i++) {
        if (check_salvages_of(c, &workspaces->items[i], &n)) continue;
        if (!n_unread++) unread = &workspaces->items[i];
    }
    if (unread) say_unread(c, unread, n_unread);
    if (!c->rows.n) check_say(c, DOCTOR_OK, "salvages", "%zu, none damaged", n);
}
