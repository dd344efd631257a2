/* App: the root of everything long-lived. It is passed as an argument; there are no globals.
 *
 * Fields are set once at start-up and then read-only, so any thread may read them. The header of what a pointer refers
 * to says which thread may call it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "base/map.h"

typedef struct App App;
typedef struct Loop Loop;
typedef struct Pool Pool;
typedef struct Db Db;
typedef struct Hub Hub;
typedef struct Launches Launches;
typedef struct OpTable OpTable;
typedef struct Dispatch Dispatch;
typedef struct Auth Auth;
typedef struct Tickets Tickets;
typedef struct Settings Settings;
typedef struct Metrics Metrics;
typedef struct ErrorLog ErrorLog;
typedef struct Rates Rates;
typedef struct Hooks Hooks;
typedef struct WorkspaceAgents WorkspaceAgents;
typedef struct AgentSamples AgentSamples;
typedef struct WorkspaceWatch WorkspaceWatch;
typedef struct FileIndex FileIndex;
typedef struct ChangeRuns ChangeRuns;
typedef struct CloneRuns CloneRuns;
typedef struct Checkpoints Checkpoints;
typedef struct Terminals Terminals;
typedef struct Eyes Eyes;
typedef struct PortWatch PortWatch;
typedef struct Hosts Hosts;
typedef struct TopicDef TopicDef;
typedef struct OrgOf OrgOf;
typedef struct ConversationKind ConversationKind;

struct App {
    Loop *loop;
    Pool *workers;   /* ON_WORKER; context = DbConn */
    Pool *launchers; /* derivation, and making and sweeping of launches; context = DbConn */
    Pool *slow;      /* ON_SLOW: git, long; context = DbConn */
    Db *db;
    Hub *hub; /* loop thread */
    Launches *launches;
    OpTable *ops;
    const ConversationKind *const *conversations; /* NULL-terminated */
    const TopicDef *const *topics;                /* NULL-terminated list of zero-row-terminated tables */
    const OrgOf *const *orgs;                     /* likewise; NULL: nothing belongs to an org */
    Dispatch *dispatch;                           /* loop thread */
    int64_t turn_wait_ms;                         /* how long a call waits for its turn; 0: a minute */
    uint32_t last_feed;                           /* loop thread: number of the last subscription of live_source.h */
    Map readings;                                 /* loop thread: conversations whose prompts' files are read now */
    List uploads;                                 /* loop thread, of face_upload.c: bodies that go to files now */
    _Atomic bool is_recovering;                   /* what a crash interrupted is not yet finished or undone */
    Auth *auth;
    Tickets *tickets; /* loop thread; NULL: there are none */
    Settings *settings;
    Metrics *metrics;              /* loop thread */
    ErrorLog *errors;              /* NULL: nothing is reported */
    Rates *rates;                  /* loop thread; NULL: nothing is limited */
    Hooks *hooks;                  /* NULL: no hook is registered */
    const WorkspaceAgents *agents; /* how a workspace lists its agents; NULL: there are none */
    ChangeRuns *changes;           /* NULL: nothing can be cancelled */
    struct LandDrives *landings;   /* NULL: none are driven */
    CloneRuns *clones;             /* any thread; NULL: no clone can be */
    FileIndex *files;              /* any thread */
    struct Errands *errands;       /* any thread: looks at disks that may not answer */
    Checkpoints *checkpoints;      /* loop thread; NULL: none are taken */
    Terminals *terminals;          /* loop thread; NULL: none can be watched */
    Eyes *eyes;                    /* loop thread; NULL: none can be watched */
    PortWatch *port_watch;         /* NULL: ports of scripts are not looked at */
    Hosts *hosts;                  /* any thread; NULL: nothing is kept */
    const char *home;              /* data folder, absolute; mode 0700 */
    const char *cache;             /* cache folder, absolute */
    int home_fd;
    const char *exe_dir; /* the folder of muster and muster-hold */
    const char *command; /* what a person types for this program and data folder, quoted for a shell */
    int64_t started_at;  /* microseconds UTC */
    const char *version;
    const char *url;       /* of the web page: "http://127.0.0.1:3001/" */
    int64_t launch_files;  /* RLIMIT_NOFILE of launches */
    AgentSamples *samples; /* NULL: there are none */
    struct Installed *installed;
    struct HealthWatch *health;
    struct DoctorDesk *doctor;
};
