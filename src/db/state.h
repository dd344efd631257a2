/* State of the store: the writer's last result, what any connection found, and whether the file is still at its path.
 *
 * The store updates it whenever SQLite fails, so that readers and writers need not. Any thread may call, except that
 * db_probe and db_check block.
 */
#pragma once

#include "base/clock.h"
#include "db/db.h"

typedef struct DbState {
    TimeUs kept_at;       /* the last commit that changed something; opening the store counts as one */
    TimeUs failed_at;     /* the last write that failed because of a full or failing disk; 0 = none */
    TimeUs failing_since; /* the first of those since kept_at; 0 = the last write succeeded */
    bool is_damaged;      /* found by any read or by db_check; stays set */
    TimeUs damaged_at;    /* when it was found */
    char why[480];        /* the error of the damage, else of the last failure */
} DbState;
void db_state(Db *db, DbState *ret);
/* How many writes wait for the writer. */
int db_queued(Db *db);
/* A small write, for a caller that needs the store's state when there were no recent writes (errors as db_tx). */
int db_probe(Db *db, Err *e);
/* Reads the whole store, however long it takes. ERR_INTERNAL: it is damaged, which db_state reports from then on. Not
 * from the loop thread. db_stop_checks ends this check and all later ones early (ERR_TIMEOUT). */
int db_check(Db *db, Err *e);
void db_stop_checks(Db *db);
/* Reads the whole store through a connection of its own, for at most so long; *ret_is_whole: that was long enough. ERR_INTERNAL:
 * it is damaged. */
int db_check_for(DbConn *c, int64_t ms, bool *ret_is_whole, Err *e);
/* As found when the store was opened: the last shutdown was clean, so db_open did not check the store's integrity. */
bool db_was_clean(const Db *db);
/* As found when the store was opened: it is older than the one that was here last, because a person restored a backup,
 * and no write has called tx_forget_put_back yet. */
bool db_was_put_back(const Db *db);
int tx_forget_put_back(Tx *tx, Err *e);
/* Does the store's path still name the file that was opened? DB_NAME_UNKNOWN: the file system does not report it. */
typedef enum DbName { DB_NAME_OURS, DB_NAME_GONE, DB_NAME_ANOTHER, DB_NAME_UNKNOWN } DbName;
DbName db_look(const Db *db);
