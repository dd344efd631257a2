/* One call of gh or glab: `api`, which answers what the host does, as JSON. Nothing of the input is an argument but the host's
 * name and an address made of safe characters; everything else goes through its standard input. */
#include "base/mem.h"
#include "base/text_cut.h"
#include "host/host_in.h"
#include "host/token.h"
#include "sys/environment.h"
#include "sys/process.h"

enum { CALL_MS = 30000, ANSWER_MAX = 8 << 20, ANSWER_DEPTH = 64, SHOWN_BYTES = 200, QUERY_MAX = 64 << 10 };

/* Places of configuration that a person may have set for the daemon; the bus is that of a keyring. */
static const char *const own_names[] = {"GH_CONFIG_DIR", "GLAB_CONFIG_DIR", "DBUS_SESSION_BUS_ADDRESS", "SSL_CERT_FILE",
                                        "SSL_CERT_DIR"};
/* It asks nothing, colours nothing, and looks for no newer version of itself. */
static const char *const fixed[] = {"GH_PROMPT_DISABLED=1",
                                    "NO_PROMPT=1",
                                    "NO_COLOR=1",
                                    "GH_NO_UPDATE_NOTIFIER=1",
                                    "GLAB_CHECK_UPDATE=false",
                                    "DO_NOT_TRACK=1",
                                    "GIT_TERMINAL_PROMPT=0",
                                    "TERM=dumb",
                                    NULL};

static const char *const *make_environment(const Host *h) {
    Str names[COUNT_OF(own_names) + TOKEN_NAMES_MAX];
    size_t n = token_names(h->call->arena, h->name, names);
    for (size_t i = 0; i < COUNT_OF(own_names); i++) names[n++] = str(own_names[i]);
    return environment_list(h->call->arena, &(StrList){names, n}, fixed);
}

static bool has(Str text, const char *what) {
    for (size_t n = strlen(what), i = 0; i + n <= text.n; i++)
        if (str_ieq(str_n(text.p + i, n), str_n(what, n))) return true;
    return false;
}

static bool has_any(Str text, const char *const *list) {
    for (; *list; list++)
        if (has(text, *list)) return true;
    return false;
}

static int logged_out(const Host *h, Err *e) {
    int r = err_fail(e, ERR_CONFLICT, "%s is not logged in to " STR_FMT ": run `" STR_FMT "`", h->service->program,
                     STR_ARG(h->name), STR_ARG(host_login_command(h)));
    err_detail(e, "program", "%s is not logged in", h->service->program);
    return r;
}

/* Its own words: gh and glab write one line for each thing that went wrong. */
static Str own_words(const Host *h, const ProcessResult *r) {
    Arena *a = h->call->arena;
    Str rest = str_trim(answer_clean(a, buf_str(&r->err), r->err.n)), line = {0};
    while (rest.n && str_split(&rest, '\n', &line) && !str_trim(line).n) continue;
    return arena_str(a, text_cut(str_trim(line), SHOWN_BYTES));
}

static int failed(const Host *h, const ProcessResult *r, Err *e) {
    static const char *const login[] = {"auth login", "HTTP 401", "401 Unauthorized", "Bad credentials", NULL};
    static const char *const rate[] = {"rate limit", "HTTP 429", "429 Too Many", NULL};
    static const char *const missing[] = {"HTTP 404", "404 Not Found", "Could not resolve to a", NULL};
    static const char *const network[] = {
        "error connecting to",    "dial ", "no such host", "connection refused", "i/o timeout",
        "network is unreachable", NULL};
    enum { GH_EXIT_AUTH = 4 }; /* gh help exit-codes */
    const char *program = h->service->program;
    Str all = buf_str(&r->err), words = own_words(h, r);
    if (r->signal) return err_fail(e, ERR_PROVIDER, "%s was ended by signal %d", program, r->signal);
    if (has_any(all, rate))
        return err_fail(e, ERR_RATE_LIMITED,
                        STR_FMT " refuses further calls of %s for now: " STR_FMT "; try again later", STR_ARG(h->name),
                        program, STR_ARG(words));
    if ((h->kind == HOST_GITHUB && r->exit_code == GH_EXIT_AUTH) || has_any(all, login)) return logged_out(h, e);
    if (has_any(all, missing))
        return err_fail(e, ERR_NOT_FOUND,
                        STR_FMT " has no such thing in " STR_FMT ", or you may not see it (%s: " STR_FMT ")",
                        STR_ARG(h->name), STR_ARG(h->project), program, STR_ARG(words));
    return err_fail(e, ERR_PROVIDER, "%s failed with exit code %d: " STR_FMT "%s", program, r->exit_code,
                    STR_ARG(words.n ? words : STR("it says nothing")),
                    has_any(all, network) ? "; check the network" : "");
}

static int run(const Host *h, const HostRequest *q, ProcessResult *ret, Err *e) {
    const char *program = h->service->program;
    const char *argv[16] = {h->program,   "api",
                            "--hostname", arena_cstr(h->call->arena, h->name),
                            "--method",   q->method ? q->method : "GET"};
    size_t n = 6;
    if (q->body.p) {
        static const char *const input[] = {"--header", "Content-Type: application/json", "--input", "-"};
        for (size_t i = 0; i < COUNT_OF(input); i++) argv[n++] = input[i];
    }
    argv[n] = q->path;
    ProcessSpec spec = {.argv = argv,
                        .envp = make_environment(h),
                        .cwd = "/", /* it reads the configuration of no repository */
                        .input = q->body,
                        .timeout_ms = q->timeout_ms ? q->timeout_ms : CALL_MS,
                        .output_max = ANSWER_MAX,
                        .title = program};
    int r = process_run(&spec, ret, e);
    if (r == -ERR_TOO_LARGE)
        return err_fail(e, ERR_PROVIDER, "%s wrote more than %d MiB and was ended", program, ANSWER_MAX >> 20);
    if (r == -ERR_TIMEOUT)
        return err_fail(
            e, ERR_TIMEOUT,
            "%s did not answer within %lld s and was ended: check the network, or run `%s api user` yourself", program,
            (long long)spec.timeout_ms / 1000, program);
    return r;
}

int host_api(const Host *h, const HostRequest *q, Json **ret, Err *e) {
    CLEANUP(process_result_done) ProcessResult r = {0};
    TRY(host_require(h, e));
    TRY(run(h, q, &r, e));
    if (r.exit_code != 0) return failed(h, &r, e);
    Str text = arena_str(h->call->arena, buf_str(&r.out));
    if (json_parse(h->call->arena, text, ANSWER_DEPTH, ret, NULL) >= 0) return 0;
    Str shown = answer_clean(h->call->arena, text_line(h->call->arena, text, SHOWN_BYTES), SHOWN_BYTES);
    return err_fail(e, ERR_PROVIDER, "%s did not answer with JSON: " STR_FMT, h->service->program,
                    STR_ARG(shown.n ? shown : STR("it wrote nothing")));
}

int host_graphql(const Host *h, const char *query, Str variables, Json **ret, Err *e) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, QUERY_MAX);
    JsonOut o = json_out(&b);
    json_begin_object(&o);
    json_kv_str(&o, "query", str(query));
    json_kv_raw(&o, "variables", variables);
    json_end_object(&o);
    if (b.failed) return err_fail(e, ERR_TOO_LARGE, "the query is too long");
    HostRequest q = {.method = "POST", .path = "graphql", .body = arena_str(h->call->arena, buf_str(&b))};
    return host_api(h, &q, ret, e);
}

Answer host_answer(const Host *h) { return (Answer){.arena = h->call->arena, .program = h->service->program}; }
