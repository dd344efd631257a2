/* Internal to the ACP adapters: what their files share. */
#pragma once

#include "adapter/acp_state.h"
#include "adapter/jsonrpc.h"

/* One line being read, passed from handler to handler. */
typedef struct AcpLine {
    AcpState *s;
    Arena *keep;    /* text that outlives the line */
    Arena *scratch; /* freed after the line */
    JsonRpc rpc;
    TimeUs at;
    const AdapterSink *sink;
} AcpLine;

/* Sessions: the handshake, modes and models (acp_session.c). */
/* An answer to one of our requests, except prompts. */
void acp_read_step(AcpLine *l, const AcpPending *p);
void acp_note_answer(AcpLine *l); /* the agent has answered a prompt in its session */
/* The agent reports its mode or its options. */
void acp_keep_mode(AcpLine *l, Str mode);
void acp_read_options(AcpLine *l, const Json *options);
/* The agent's word for a mode of ours; {NULL,0}: it has none. */
Str acp_find_mode(const AcpState *s, AgentMode mode);

/* session/update (acp_update.c). */
void acp_read_update(AcpLine *l);

/* What is said (acp_text.c). Chunks are joined to blocks; a block ends with the next one, a tool call or the turn. */
void acp_add_text(AcpLine *l, AcpBlock kind, const Json *update);
void acp_close_block(AcpLine *l);
/* The text of content blocks; what is not text is named in brackets. In the scratch arena. */
Str acp_content_text(AcpLine *l, const Json *content);

/* Tool calls (acp_tool.c). */
/* `asks`: it is part of a request for permission. NULL: it has no id. */
AcpTool *acp_read_tool(AcpLine *l, const Json *call, bool asks);
/* Arguments as a person reads them: a change of one file as file_path with old_string and new_string, or content. */
Str acp_tool_input(AcpLine *l, const Json *call);
/* They are only the title of the call, which may be worded for people. */
bool acp_is_titled(const AcpTool *t, const Json *call);
ToolKind acp_tool_kind(const AcpTool *t);
/* Ends what has not ended with its turn. */
void acp_end_tools(AcpLine *l);

/* Requests for permission (acp_ask.c). */
void acp_read_permission(AcpLine *l);
bool acp_has_ask(const AcpState *s, Str request_id);
bool acp_forget_ask(AcpState *s, Str request_id, Str *ret_tool_id); /* false: it was not open */
void acp_void_asks(AcpState *s, CancelWhy why, const AdapterSink *sink);

/* The end of a turn, usage and errors (acp_turn.c). */
void acp_end_turn(AcpLine *l);
void acp_fail(AcpLine *l, const Json *error); /* the session cannot be opened */
void acp_fail_because(AcpLine *l, Str code, Str text);
void acp_read_usage_update(AcpLine *l, const Json *update);
/* Usage beside a chunk, of one request (Qwen Code). */
void acp_read_chunk_usage(AcpLine *l, const Json *usage);
void acp_settle_cost(AcpState *s, const AdapterSink *sink);
/* What an error says: its message with its details. */
Str acp_error_text(AcpLine *l, const Json *error);

/* What is written in derivation (acp_reply.c). */
void acp_reply_refusal(AcpLine *l, int code, Str message);
/* Requests of the handshake, which have ids of their own. */
void acp_reply_open(AcpLine *l, AcpStep step);
void acp_reply_list(AcpLine *l);
void acp_reply_mode(AcpLine *l, Str mode);
void acp_reply_model(AcpLine *l, Str model);
void acp_reply_choice(AcpLine *l, Str option_id);
/* Encoders (acp_write.c). */
int acp_start(const AdapterTo *to, Buf *out, Err *e);
int acp_prompt(const AdapterTo *to, Str text, Buf *out, Err *e);
int acp_answer(const AdapterTo *to, const AdapterAnswer *ans, Buf *out, Err *e);
int acp_interrupt(const AdapterTo *to, Str request_id, Buf *out, Err *e);
int acp_change(const AdapterTo *to, const AdapterChange *c, Buf *out, Err *e);
void acp_hear(Str bytes, Arena *a, AdapterHeard *ret);
JsonRpcOut acp_begin(Buf *out, Str id, const char *method);
JsonRpcOut acp_begin_mode(Buf *out, Str id, const AcpState *s, Str mode);
JsonRpcOut acp_begin_model(Buf *out, Str id, const AcpState *s, Str model);
/* A member of `_meta`, which agents leave alone: a change of permissions, for the adapter itself. */
#define ACP_PERMISSIONS_KEY "musterPermissions"
/* A prompt that was sent and not answered: its turn runs. */
bool acp_has_prompt(const AcpState *s);
void acp_put_choice(JsonOut *o, Str option_id);
/* The word that acp_answer adds to its line; false: it is not one of ours. */
bool acp_heard_decision(const Json *result, AskDecision *ret);
/* Command lines (acp_command.c). */
int acp_command_any(const AdapterSpec *s, Arena *a, AdapterCommand *ret, Err *e);
int acp_command_gemini(const AdapterSpec *s, Arena *a, AdapterCommand *ret, Err *e);
int acp_command_opencode(const AdapterSpec *s, Arena *a, AdapterCommand *ret, Err *e);
int acp_command_qwen(const AdapterSpec *s, Arena *a, AdapterCommand *ret, Err *e);
