/* Adapters: how each agent CLI is started, spoken to and understood. Pure functions; no I/O, no clock, no globals.
 * An AdapterState belongs to one launch and one thread at a time. It is small, and save/open preserve all of it: after
 * any complete line the state may be saved, the process may die, and another process continues with the same events.
 * What an adapter wants to write to the child goes to the sink's `reply`, or into `out` for the encoders: always whole
 * lines, one JSON object each.
 */
#pragma once

#include "adapter/event.h"
#include "adapter/option.h"

enum AdapterCaps {
    ADAPTER_RESUME = 1 << 0, /* a session can be resumed by its id */
    ADAPTER_FORK = 1 << 1,
    ADAPTER_ASK = 1 << 2,    /* asks can be answered */
    ADAPTER_PROMPT = 1 << 3, /* takes prompts as messages */
    ADAPTER_INTERRUPT = 1 << 4,
    ADAPTER_STEER = 1 << 5, /* takes a prompt in the middle of a turn */
    ADAPTER_CONTEXT = 1 << 6,
    ADAPTER_USAGE = 1 << 7,
    ADAPTER_PTY = 1 << 8,       /* runs in a pty; its bytes are the stream, not events */
    ADAPTER_EFFORT = 1 << 9,    /* how much it thinks can be chosen */
    ADAPTER_WORDS = 1 << 11,    /* an answer may carry a message, or other arguments for the call */
    ADAPTER_COMMANDS = 1 << 13, /* lists the commands that a prompt may begin with */
    ADAPTER_PER_TURN = 1 << 12, /* a prompt carries the mode and the model of its turn */
    ADAPTER_FILES = 1 << 14,    /* prompts may have attachments, */
    ADAPTER_IMAGES = 1 << 15,   /* and images may be in their lines (attachment.h) */
    ADAPTER_HANDSHAKE = 1 << 10 /* the CLI chooses the session's id, and nothing is delivered before `ready` */
};

enum { ADAPTER_STATE_MAX = 64 * 1024, ADAPTER_LINE_MAX = 64 * 1024 * 1024, ADAPTER_REPLY_MAX = 16 * 1024 * 1024 };

/* What to run. All borrowed. */
typedef struct AdapterSpec {
    Str program;    /* the CLI's file, absolute; empty: the caller looks up the adapter's own name */
    Str session_id; /* UUID chosen by Muster */
    bool resume;    /* continue session_id */
    Str fork_from;  /* session to fork; session_id is then the new one */
    AgentMode mode;
    unsigned permissions; /* 1 << AgentPermission */
    Str model;            /* empty: the CLI's default */
    Str effort;           /* AgentEffort's word; empty: the CLI's default */
    StrList command;      /* terminal: argv */
    bool allow_bypass;    /* auto mode without any question; requires explicit consent */
} AdapterSpec;

typedef struct AdapterCommand {
    StrList argv; /* argv[0] is the program */
    StrList env;  /* NAME=value, added to the launch's environment */
    bool is_pty;
} AdapterCommand;

typedef enum AdapterChannel { ADAPTER_STDOUT, ADAPTER_STDERR } AdapterChannel;
/* stdout: one complete line without its newline (the last one may have had none). stderr: a chunk as it came. If longer
 * than ADAPTER_LINE_MAX, pass its beginning and set is_cut. */
typedef struct AdapterLine {
    AdapterChannel channel;
    Str bytes;
    TimeUs at; /* the frame's time */
    bool is_cut;
} AdapterLine;

typedef struct AdapterSink {
    void (*event)(void *arg, AgentEventKind kind, const void *value); /* value: of agent_events[kind].shape */
    void (*reply)(void *arg, Str bytes);                              /* to the child, in order */
    void *arg;
} AdapterSink;

/* The initial state of a new launch; all borrowed. */
typedef struct AdapterWindow {
    Str model;
    int64_t tokens; /* that fit into its context */
} AdapterWindow;
typedef struct AdapterBegin {
    Str last;                     /* the state saved by the session's last launch; empty: a new session */
    const AdapterWindow *windows; /* as CLIs reported them, the newest last */
    size_t n_windows;
    const AdapterSpec *spec; /* what the launch runs */
    Str folder;              /* in which it runs */
    TimeUs now;
} AdapterBegin;

/* What a line to the child refers to. All borrowed. */
typedef struct AdapterTo {
    Str session_id; /* as the CLI reported it; empty: not yet */
    int64_t number; /* of the launch's input that the line becomes: the id of a JSON-RPC request; 0: it becomes none */
    Str state;      /* the launch's saved state; empty: none yet */
    const AdapterOptions *options; /* of a prompt: as the person wants them now; NULL: as they are */
    AttachedFiles files;           /* of a prompt */
} AdapterTo;

typedef struct AdapterState AdapterState;

/* The meaning of an input from a log. */
typedef struct AdapterHeard {
    enum { HEARD_OTHER, HEARD_PROMPT, HEARD_ANSWER } kind;
    Str text;       /* of the prompt; of an answer: the message sent with it */
    Str request_id; /* of the ask */
    AskDecision decision;
} AdapterHeard;

typedef struct Adapter {
    const char *name;             /* "claude" */
    const char *program;          /* looked up on PATH when the spec names none; NULL: spec.command[0] */
    const char *install;          /* the command that installs it if it is missing; NULL: none */
    const char *const *variables; /* that its agents inherit too: patterns, ending with NULL; may be NULL */
    unsigned caps;
    int (*command)(const AdapterSpec *s, Arena *a, AdapterCommand *ret, Err *e);
    /* Empty saved: a new launch. ERR_INVALID when saved is not what save wrote. */
    int (*open)(Str saved, AdapterState **ret, Err *e);
    /* For a new launch that continues the session of `last` (the state saved by its last launch): keeps what belongs to
     * the session (its id, usage baseline, windows) and drops what belonged to the process. */
    int (*renew)(Str last, AdapterState **ret, Err *e);
    /* Makes what `renew` takes instead of `last`: with the known windows, or with what the handshake asks for. NULL:
     * there is nothing to add. ERR_BUSY: the session cannot be resumed yet. */
    int (*begin)(const AdapterBegin *b, Buf *out, Err *e);
    void (*close)(AdapterState *s);
    void (*save)(const AdapterState *s, Buf *out); /* one JSON object of at most ADAPTER_STATE_MAX */
    void (*line)(AdapterState *s, const AdapterLine *l, const AdapterSink *sink);
    /* One input frame of the log: what was actually written to the child. Only whole lines matter. */
    void (*input)(AdapterState *s, Str bytes, TimeUs at, const AdapterSink *sink);
    bool (*has_ask)(const AdapterState *s, Str request_id); /* it is open; NULL for an adapter without asks */
    /* The meaning of one of our own inputs, as the encoders below wrote it; stateless. NULL: it cannot be known. */
    void (*hear)(Str bytes, Arena *a, AdapterHeard *ret);
    /* The child ended (code < 0: by signal). `is_stop`: a person requested it. Emits ask_cancel and exit. */
    void (*exited)(AdapterState *s, int code, int signal, bool is_stop, const AdapterSink *sink);
    /* Encoders: append to out. NULL if the adapter does not support it. They use no live state: any thread may call
     * them. request_id: for a protocol whose requests have ids of the caller's choice. */
    int (*start)(const AdapterTo *to, Buf *out, Err *e); /* the first line of the handshake */
    int (*prompt)(const AdapterTo *to, Str text, Buf *out, Err *e);
    int (*answer)(const AdapterTo *to, const AdapterAnswer *ans, Buf *out, Err *e);
    int (*interrupt)(const AdapterTo *to, Str request_id, Buf *out, Err *e);
    /* One option of the running CLI. Nothing is written where it cannot be changed: it applies from the next start. */
    int (*change)(const AdapterTo *to, const AdapterChange *c, Buf *out, Err *e);
    /* One line that describes a call of this tool; stateless too. Set with ADAPTER_WORDS. */
    Str (*tool_title)(Str tool, const Json *input, Arena *a);
} Adapter;

extern const Adapter *const adapters[]; /* ends with NULL */
extern const EnumDef AdapterName_enum;  /* their names, in the same order */
const Adapter *adapter_find(Str name);
