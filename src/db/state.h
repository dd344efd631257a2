/* How the store is: what its writer did last, what any connection found, and whether its file still has its name.
 *
 * Noted by the store itself whenever SQLite fails, so that nobody who reads or writes need look at it. Any thread, but
 * for db_probe and db_check, which wait.
 */
#pragma once

#include "base/clock.h"
#include "db/db.h"

typedef struct DbState {
    TimeUs kept_at;       /* the last commit that changed something; the opening counts */
    TimeUs failed_at;     /* the last write that failed for want of room, or by the disk; 0 = none */
    TimeUs failing_since; /* the first of those since kept_at; 0 = the last write was kept */
    bool is_damaged;      /* found by any read, or by db_check; stays */
    char why[480];        /* of the damage, else of the last failure */
} DbState;
void db_state(Db *db, DbState *ret);
/* A small write, for whoever asks how the store is when nobody has written for a while (ERR_* as db_tx). */
int db_probe(Db *db, Err *e);
/* Reads the whole store, however long it takes; ERR_INTERNAL when it is damaged, and db_state says so from then on. Not
 * the loop thread. db_stop_checks ends it early (ERR_TIMEOUT), now and from then on. */
int db_check(Db *db, Err *e);
void db_stop_checks(Db *db);
/* When it was opened: the last run ended in order, so that the opening did not look whether the store is whole. */
bool db_was_clean(const Db *db);
/* When it was opened: a store that is older than what last stood here, since somebody put a backup back, and no write has
 * called tx_forget_put_back yet. */
bool db_was_put_back(const Db *db);
int tx_forget_put_back(Tx *tx, Err *e);
/* Does the store's name still lead to the file that was opened? DB_NAME_UNKNOWN: the file system does not say. */
typedef enum DbName { DB_NAME_OURS, DB_NAME_GONE, DB_NAME_ANOTHER, DB_NAME_UNKNOWN } DbName;
DbName db_look(const Db *db);
