/* Prompts that quote a repository, or what others wrote about it, to an agent of a worktree. Worker threads. */
#pragma once

#include "core/op.h"

typedef struct Agent Agent;

/* A prompt to an agent of the worktree, the one that is named or the only one that takes prompts as messages.
 * ERR_CONFLICT: none, or several, or it is a terminal: what a repository says is typed into no terminal. */
typedef struct Prompt {
    OpCall *call;
    Str agent_id, text, message_id;
    bool is_once; /* not added while the same text waits or is being answered: message_id is then that prompt's */
} Prompt;
int prompt_find(OpCall *c, Str worktree_id, Str agent_id, Prompt *ret, Err *e);
/* ERR_CONFLICT: it is such a terminal. */
int prompt_require_messages(const Agent *g, Err *e);
int prompt_tx(Tx *tx, Prompt *p, Err *e);
/* Adds it in a write of its own whose result is `out`, in which its agent's and its message's ids are set first. */
typedef struct PromptAnswer {
    void *out; /* of the operation */
    Str *agent_id, *message_id;
} PromptAnswer;
int prompt_send(Prompt *p, const PromptAnswer *to, Err *e);
/* A path of the repository as a prompt names it: quoted as git does if it contains a control character or a byte that is
 * not UTF-8. */
Str prompt_path(Arena *a, Str path);
