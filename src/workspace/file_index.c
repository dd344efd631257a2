#include "workspace/file_index.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/map.h"
#include "base/mem.h"

enum { NAMES_MAX = 32 << 20, UNWATCHED_US = 2000000 };

typedef struct Entry {
    FileNames *names; /* NULL: none are kept */
    uint64_t version; /* counts the changes */
    bool is_watched;
    int64_t used_us;
} Entry;

struct FileIndex {
    pthread_mutex_t lock; /* of what follows */
    Map entries;          /* by worktree */
    size_t budget, bytes;
};

FileIndex *file_index_new(size_t budget) {
    FileIndex *x = mu_new(FileIndex);
    x->budget = budget;
    pthread_mutex_init(&x->lock, NULL);
    return x;
}

void file_names_unref(FileNames *n) {
    if (!n || atomic_fetch_sub(&n->refs, 1) > 1) return;
    free((char *)n->paths.p);
    free(n);
}

static FileNames *names_ref(FileNames *n) {
    atomic_fetch_add(&n->refs, 1);
    return n;
}

static void drop_names(FileIndex *x, Entry *en) {
    if (!en->names) return;
    x->bytes -= en->names->paths.n;
    file_names_unref(en->names);
    en->names = NULL;
}

void file_index_free(FileIndex *x) {
    MapSlot *s;
    if (!x) return;
    for (size_t i = 0; (s = map_next(&x->entries, &i));) {
        drop_names(x, s->value);
        free(s->value);
    }
    map_done(&x->entries);
    pthread_mutex_destroy(&x->lock);
    free(x);
}

static Entry *entry_of(FileIndex *x, Str id) {
    Entry *en = map_find(&x->entries, id);
    if (en) return en;
    en = mu_new(Entry);
    map_put(&x->entries, id, en);
    return en;
}

void file_index_changed(FileIndex *x, Str id) {
    pthread_mutex_lock(&x->lock);
    Entry *en = entry_of(x, id);
    en->is_watched = true;
    en->version++;
    pthread_mutex_unlock(&x->lock);
}

void file_index_forget(FileIndex *x, Str id) {
    pthread_mutex_lock(&x->lock);
    Entry *en = map_remove(&x->entries, id);
    if (en) drop_names(x, en);
    free(en);
    pthread_mutex_unlock(&x->lock);
}

/* -- reading the names --------------------------------------------------------------------------------------- */

static int ls(const Git *g, const char *const *args, Str *ret, Err *e) {
    GitOut o;
    TRY(git_quiet(g, &(GitCall){.args = args, .output_max = NAMES_MAX}, &o, e));
    *ret = o.out;
    return 0;
}

/* All but those that the index names and that do not exist. */
static Str copy_present(Str all, Str deleted) {
    Map gone = {0};
    char *copy = mu_alloc(all.n + 1);
    size_t n = 0;
    for (Str path; deleted.n && str_split(&deleted, '\0', &path);) map_put(&gone, path, copy);
    for (Str path; all.n && str_split(&all, '\0', &path);) {
        if (gone.n && map_find(&gone, path)) continue;
        memcpy(copy + n, path.p, path.n);
        n += path.n;
        copy[n++] = '\0';
    }
    map_done(&gone);
    return str_n(copy, n);
}

static int list(const Git *g, bool with_others, FileNames *ret, Err *e) {
    const char *const *all = GIT_ARGS("ls-files", "-z", "--deduplicate", "--cached", "--others", "--exclude-standard");
    const char *const *tracked = GIT_ARGS("ls-files", "-z", "--deduplicate", "--cached");
    Str names, deleted;
    TRY(ls(g, with_others ? all : tracked, &names, e));
    TRY(ls(g, GIT_ARGS("ls-files", "-z", "--deduplicate", "--deleted"), &deleted, e));
    ret->paths = copy_present(names, deleted);
    ret->is_cut = !with_others;
    return 0;
}

static int read_names(const Git *g, uint64_t version, FileNames **ret, Err *e) {
    FileNames *n = mu_new(FileNames);
    *n = (FileNames){.refs = 1, .version = version, .made_us = clock_mono_us()};
    int r = list(g, true, n, e);
    if (r == -ERR_TOO_LARGE) r = list(g, false, n, e);
    if (r == 0) {
        *ret = n;
        return 0;
    }
    file_names_unref(n);
    return r == -ERR_TOO_LARGE ? err_fail(e, ERR_TOO_LARGE, "the worktree has too many files to look for one by name")
                               : r;
}

/* -- keeping them -------------------------------------------------------------------------------------------- */

static FileNames *fresh(const Entry *en) {
    if (!en->names || en->names->version != en->version) return NULL;
    return en->is_watched || clock_mono_us() - en->names->made_us < UNWATCHED_US ? en->names : NULL;
}

static Entry *oldest(FileIndex *x, const Entry *except) {
    Entry *found = NULL;
    MapSlot *s;
    for (size_t i = 0; (s = map_next(&x->entries, &i));) {
        Entry *en = s->value;
        if (en != except && en->names && (!found || en->used_us < found->used_us)) found = en;
    }
    return found;
}

/* A worktree that was forgotten meanwhile is not there again. */
static void keep(FileIndex *x, Str id, FileNames *n) {
    Entry *en = map_find(&x->entries, id), *other;
    if (!en || n->paths.n > x->budget) return;
    drop_names(x, en);
    en->names = names_ref(n);
    x->bytes += n->paths.n;
    while (x->bytes > x->budget && (other = oldest(x, en))) drop_names(x, other);
}

int file_index_names(FileIndex *x, Str id, const Git *g, FileNames **ret, Err *e) {
    pthread_mutex_lock(&x->lock);
    Entry *en = entry_of(x, id);
    uint64_t version = en->version;
    FileNames *n = fresh(en);
    en->used_us = clock_mono_us();
    if (n) names_ref(n);
    pthread_mutex_unlock(&x->lock);
    if (!n) {
        TRY(read_names(g, version, &n, e));
        pthread_mutex_lock(&x->lock);
        keep(x, id, n);
        pthread_mutex_unlock(&x->lock);
    }
    *ret = n;
    return 0;
}
