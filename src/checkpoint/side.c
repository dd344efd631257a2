/* Words that name a checkpoint as one side of a diff. */
#include "base/mem.h"
#include "base/ulid.h"
#include "checkpoint/checkpoint.h"

/* "ag_…:3:start" */
static bool split_turn(Str word, CheckpointTurn *ret) {
    Str turn;
    if (!str_split(&word, ':', &ret->agent_id) || !str_split(&word, ':', &turn) || !word.p) return false;
    ret->kind = str_is(word, "start") ? MARK_TURN_START : MARK_TURN_END;
    bool is_kind = str_is(word, "start") || str_is(word, "end");
    return is_kind && str_parse_i64(turn, 0, INT64_MAX, &ret->turn);
}

int checkpoint_side(DbConn *db, const WorktreeRef *in, Str word, Arena *a, Str *ret_tree, Err *e) {
    Checkpoint c;
    CheckpointTurn at;
    bool found, is_turn = str_starts(word, STR("ag_")) && split_turn(word, &at);
    *ret_tree = (Str){0};
    if (!is_turn && !id_is(word, "ckp")) return 0;
    if (is_turn)
        TRY(checkpoint_of_turn(db, &at, a, &c, &found, e));
    else
        TRY(checkpoint_get_taken(db, in, word, a, &c, e));
    if (is_turn && (!found || !str_eq(c.worktree_id, in->worktree_id)))
        return err_fail(e, ERR_NOT_FOUND,
                        "this worktree has no checkpoint of " STR_FMT " that was taken in time; list_checkpoints shows "
                        "what there is",
                        STR_ARG(word));
    *ret_tree = c.tree;
    return 0;
}
