/* What takes the room: the store by kind, and the logs of launches. */
#include <stdlib.h>

#include "approval/approval.h"
#include "attachment/attachment.h"
#include "base/mem.h"
#include "conversation/conversation.h"
#include "core/launchtidy.h"
#include "core/setting.h"
#include "core/stream.h"
#include "daemon/system.h"
#include "script/script.h"
#include "usage/usage.h"
#include "workspace/salvage.h"

#define STORAGE_KINDS(W)            \
    W(STORAGE_EVENTS, "events")     \
    W(STORAGE_MESSAGES, "messages") \
    W(STORAGE_ASKS, "asks")         \
    W(STORAGE_LAUNCHES, "launches") \
    W(STORAGE_SCRIPTS, "scripts")   \
    W(STORAGE_USAGE, "usage")       \
    W(STORAGE_OTHER, "other")       \
    W(STORAGE_LOGS, "logs") W(STORAGE_ATTACHMENTS, "attachments") W(STORAGE_REMOVED, "removed_records")
ENUM_DECLARE(StorageKind, STORAGE_KINDS);
ENUM_DEFINE(StorageKind, STORAGE_KINDS);
#define STORAGE_SHARE(F, S)                                                                                                            \
    F(S, ENUM(StorageKind), kind,                                                                                                      \
      .doc =                                                                                                                           \
          "What takes the space. logs and attachments are files; removed_records, in the git folders of repositories, are records of " \
          "worktrees whose folder was gone and locks that were removed; everything else is in the store")                              \
    F(S, I64, bytes, .min = 0, .max = INT64_MAX, .doc = "Bytes; estimated in the store, but exact for its total")                      \
    F(S, STR, setting, .opt = 1, .max_bytes = 64, .doc = "The setting that says how long it is kept")
SHAPE(StorageShare, STORAGE_SHARE);
SHAPE_DEFINE(StorageShare, STORAGE_SHARE);
#define STORAGE(F, S)                                                                                        \
    F(S, I64, store_bytes, .min = 0, .max = INT64_MAX, .doc = "Bytes of the store's content")                \
    F(S, I64, free_bytes, .min = 0, .max = INT64_MAX,                                                        \
      .doc = "Free pages in the store's file: new content uses them, or the next housekeeping returns them") \
    F(S, I64, store_cap_bytes, .min = 0, .max = INT64_MAX, .doc = "retention.store_mib; 0 = no limit")       \
    F(S, I64, log_cap_bytes, .min = 0, .max = INT64_MAX, .doc = "retention.log_mib; 0 = no limit")           \
    F(S, BOOL, is_over_cap, .doc = "The store or the logs exceed their limit")                               \
    F(S, LIST(StorageShare), shares, .max = 16, .doc = "Largest first")
SHAPE(Storage, STORAGE);
SHAPE_DEFINE(Storage, STORAGE);

static const struct {
    StorageKind kind;
    int (*bytes)(DbConn *db, int64_t *ret, Err *e);
    Setting setting;
} kinds[] = {
    {STORAGE_EVENTS, stream_room, SET_RETENTION_EVENT_DAYS},
    {STORAGE_MESSAGES, messages_room, SET_RETENTION_MESSAGE_DAYS},
    {STORAGE_ASKS, ask_room, SET_RETENTION_EVENT_DAYS},
    {STORAGE_LAUNCHES, launches_room, SET_RETENTION_EVENT_DAYS},
    {STORAGE_SCRIPTS, scripts_room, SET_RETENTION_EVENT_DAYS},
    {STORAGE_USAGE, usage_room, Setting_n},
};

static void add_share(Storage *out, StorageKind kind, int64_t bytes, Setting setting) {
    StorageShare *s = &out->shares.items[out->shares.n++];
    *s = (StorageShare){.kind = kind, .bytes = bytes};
    if (setting != Setting_n) GIVE(StorageShare, s, setting, str(setting_def(setting)->name));
}

static int by_bytes(const void *a, const void *b) {
    int64_t x = ((const StorageShare *)a)->bytes, y = ((const StorageShare *)b)->bytes;
    return (x < y) - (x > y);
}

/* Estimated from samples, so that it costs the same however large the store is; the sum never exceeds the total. */
static int add_store(OpCall *c, Storage *out, Err *e) {
    int64_t left;
    TRY(db_used_bytes(c->db, &out->store_bytes, e));
    TRY(db_free_bytes(c->db, &out->free_bytes, e));
    left = out->store_bytes;
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        int64_t bytes = 0;
        TRY(kinds[i].bytes(c->db, &bytes, e));
        if (bytes > left) bytes = left;
        left -= bytes;
        add_share(out, kinds[i].kind, bytes, kinds[i].setting);
    }
    add_share(out, STORAGE_OTHER, left, Setting_n);
    return 0;
}

static int get_storage(OpCall *c, const void *in, void *out_, Err *e) {
    (void)in;
    Storage *out = out_;
    const Settings *s = c->app->settings;
    int64_t logs = launchtidy_bytes(c->app), attachments, removed;
    out->store_cap_bytes = setting_i64(s, SET_RETENTION_STORE_MIB) << 20;
    out->log_cap_bytes = setting_i64(s, SET_RETENTION_LOG_MIB) << 20;
    out->shares.items = arena_array(c->arena, COUNT_OF(kinds) + 4, sizeof(StorageShare));
    TRY(add_store(c, out, e));
    add_share(out, STORAGE_LOGS, logs, SET_RETENTION_EVENT_DAYS);
    TRY(attachments_room(c->db, &attachments, e));
    add_share(out, STORAGE_ATTACHMENTS, attachments, Setting_n);
    TRY(removed_room(c->db, &removed, e));
    add_share(out, STORAGE_REMOVED, removed, SET_RETENTION_SALVAGE_DAYS);
    out->is_over_cap = (out->store_cap_bytes && out->store_bytes > out->store_cap_bytes) ||
                       (out->log_cap_bytes && logs > out->log_cap_bytes);
    qsort(out->shares.items, out->shares.n, sizeof(StorageShare), by_bytes);
    return op_cursor(c, STR("app"), e);
}

/* One call at a time. */
static int own_subject(OpCall *c, const void *in, Str *ret, Err *e) {
    (void)in, (void)e;
    *ret = str(c->op->name);
    return 0;
}

const Op storage_ops[] = {
    {"get_storage", "GET /api/storage", "storage", OP_RUN_OUT(get_storage, Storage), .role = ROLE_VIEWER,
     .where = ON_SLOW, .subject = own_subject, .doc = "Shows what takes the space, by kind, and the limits."},
    {0},
};
