/* Starting an agent: what its launch runs, with which session, and the write that adds it. */
#pragma once

#include "agent/agent.h"

typedef struct AgentStart {
    App *app;
    Agent *agent;
    Str prompt;          /* {NULL,0} = none */
    StrList attachments; /* of the prompt: ids */
    bool is_retry;       /* starts a new session */
    bool must_resume;    /* ERR_CONFLICT without a session */
    Role role;           /* the caller's: what a terminal may do on our socket */
    Str principal;       /* the caller */
    Arena *arena;
    Str resume_session; /* {NULL,0}: the current one, if there is one */
    LaunchSpec spec;    /* this and the rest are filled in by agent_start_prepare */
    AdapterSpec cli;
    Str session_id;   /* of the new launch; {NULL,0}: the CLI chooses it */
    Str from_session; /* the session that it resumes or forks; {NULL,0}: neither */
    bool resumes;
} AgentStart;
/* The environment of this agent's child processes. Worker; see LaunchOwner. */
int agent_environment(App *app, DbConn *db, const LaunchRow *l, Arena *a, StrList *ret, Err *e);
/* Interrupts the turn that runs, if one does. ERR_BUSY: the agent cannot be reached at the moment. Worker. */
int agent_interrupt_turn(OpCall *c, Str agent_id, bool *ret_sent, Err *e);
/* Finds the program and the folder, and builds argv. Worker. ERR_NOT_FOUND; ERR_MISSING_CLI and ERR_DISK_FULL, which
 * also become the status of an agent that is not running. `e` is not NULL. */
int agent_start_prepare(AgentStart *s, DbConn *db, Err *e);
/* Reads the agent again. ERR_CONFLICT: archived, or running, or its worktree is being removed. ERR_NOT_FOUND: it or its
 * worktree is gone. */
int agent_start_tx(Tx *tx, AgentStart *s, Err *e);
