/* create_ticket: a link that fetches one answer once. */
#include "base/mem.h"
#include "core/dispatch.h"
#include "core/ticket.h"
#include "daemon/system.h"
#include "net/http.h"

enum { PATH_MAX_BYTES = 4096 };

#define TICKET_IN(F, S)                                                              \
    F(S, STR, path, .min = 1, .max_bytes = PATH_MAX_BYTES, .example = "/api/system", \
      .doc = "What to fetch with GET: a path of the API, as in an address, with its query; it is for this one alone")
SHAPE(TicketIn, TICKET_IN);
SHAPE_DEFINE(TicketIn, TICKET_IN);
#define TICKET_OUT(F, S)                                                                                       \
    F(S, STR, ticket, .max_bytes = 64, .doc = "Valid once, for 60 s, as the query parameter `ticket`")         \
    F(S, STR, url, .max_bytes = PATH_MAX_BYTES + 64, .doc = "The path with the ticket: the address of a link") \
    F(S, TIME, expires_at, .doc = "When it is no longer valid")
SHAPE(TicketOut, TICKET_OUT);
SHAPE_DEFINE(TicketOut, TICKET_OUT);

static int refuse(const char *wants, Err *e) {
    int r = err_fail(e, ERR_INVALID, "`path` %s", wants);
    err_detail(e, "path", "%s", wants);
    return r;
}

static bool is_plain(Str s) {
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] <= ' ' || s.p[i] > '~' || s.p[i] == '#' || s.p[i] == '\\') return false;
    return true;
}

/* A query that already says who asks would say it twice. */
static int check_query(Str query, Arena *a, Err *e) {
    Str name, value;
    bool is_bad = false;
    while (http_query_next(&query, a, &name, &value, &is_bad))
        if (str_is(name, "ticket") || str_is(name, "access_token"))
            return refuse("must not have a ticket or a token of its own", e);
    return is_bad ? refuse("is not valid percent-encoding", e) : 0;
}

static int check_target(OpCall *c, Str path, Err *e) {
    OpParams params;
    bool is_known;
    const Op *op = op_route(c->app->ops, STR("GET"), path, &params, &is_known);
    if (!op) return refuse("is not something that GET fetches", e);
    if (op->role > c->who->role)
        return err_fail(e, ERR_FORBIDDEN, "%s needs the role %s", op->name, auth_role_word(op->role));
    return 0;
}

static int create_ticket(OpCall *c, const void *in, void *out_, Err *e) {
    TicketOut *out = out_;
    Str rest = ((const TicketIn *)in)->path, whole = rest, raw = {0};
    char text[TICKET_TEXT_SIZE];
    if (!is_plain(whole)) return refuse("must be written as in an address: printable ASCII, without a fragment", e);
    (void)str_split(&rest, '?', &raw);
    Str query = rest.p ? rest : STR("");
    char *path = arena_cstr(c->arena, raw);
    size_t n = raw.n;
    if (!http_unescape(path, &n, false)) return refuse("is not valid percent-encoding", e);
    TRY(check_query(query, c->arena, e));
    TRY(check_target(c, str_n(path, n), e));
    TRY(ticket_make(c->app->tickets, c->who, str_n(path, n), query, text, e));
    out->ticket = arena_str(c->arena, str(text));
    out->url = arena_fmt(c->arena, STR_FMT "%sticket=%s", STR_ARG(whole),
                         query.n            ? "&"
                         : raw.n == whole.n ? "?"
                                            : "",
                         text);
    out->expires_at = clock_now_us() + TICKET_LIFE_MS * 1000;
    return 0;
}

const Op ticket_ops[] = {
    {"create_ticket", "POST /api/tickets", "ticket create", OP_RUN(create_ticket, TicketIn, TicketOut),
     .role = ROLE_VIEWER, .where = ON_LOOP,
     .doc =
         "Creates a link that fetches one answer once, without a token, within 60 s: for a download or an image in a "
         "page. The answer is marked as a download."},
    {0},
};
