/* See ticket.h. */
#include "core/ticket.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/list.h"
#include "base/mem.h"
#include "net/http.h"
#include "sys/digest.h"

enum { RANDOM_BYTES = 32, DIGEST_BYTES = 32 };

typedef struct Ticket {
    List link; /* Tickets.all, the oldest first */
    uint8_t digest[DIGEST_BYTES];
    int64_t expires_us;
    Principal who;
    char *path, *query; /* owned */
} Ticket;

struct Tickets {
    int64_t (*now_us)(void);
    List all;
    int n;
};

Tickets *tickets_new(int64_t (*now_us)(void)) {
    Tickets *t = mu_new(Tickets);
    t->now_us = now_us ? now_us : clock_mono_us;
    list_init(&t->all);
    return t;
}

static void drop(Tickets *t, Ticket *one) {
    list_remove(&one->link);
    free(one->path);
    free(one->query);
    free(one);
    t->n--;
}

void tickets_free(Tickets *t) {
    if (!t) return;
    list_each(&t->all, Ticket, link, one) drop(t, one);
    free(t);
}

static void drop_old(Tickets *t) {
    int64_t now = t->now_us();
    list_each(&t->all, Ticket, link, one) if (one->expires_us <= now) drop(t, one);
}

/* Seconds until the oldest of the caller's tickets (or of all, if there is no room for any) is over; 0: one may be made. */
static int64_t wait_for_room(Tickets *t, const Principal *who) {
    int n = 0;
    int64_t first_us = 0;
    bool is_full = t->n >= TICKETS_MAX;
    list_each(&t->all, Ticket, link, one) {
        if (!is_full && strcmp(one->who.id, who->id) != 0) continue;
        if (!n++) first_us = one->expires_us;
    }
    if (!is_full && n < TICKETS_OF_ONE_MAX) return 0;
    return (first_us - t->now_us()) / 1000000 + 1;
}

static char *copied(Str s) {
    char *copy = mu_alloc(s.n + 1);
    if (s.n) memcpy(copy, s.p, s.n);
    return copy;
}

int ticket_make(Tickets *t, const Principal *who, Str path, Str query, char ret_text[TICKET_TEXT_SIZE], Err *e) {
    uint8_t raw[RANDOM_BYTES];
    drop_old(t);
    int64_t wait_s = wait_for_room(t, who);
    if (wait_s) {
        int r = err_fail(e, ERR_RATE_LIMITED, "too many tickets wait to be used; wait %lld s", (long long)wait_s);
        if (e) e->retry_s = wait_s;
        return r;
    }
    Ticket *one = mu_new(Ticket);
    *one = (Ticket){
        .who = *who, .expires_us = t->now_us() + TICKET_LIFE_MS * 1000, .path = copied(path), .query = copied(query)};
    random_bytes(raw, sizeof raw);
    base64_print(raw, sizeof raw, ret_text, true);
    digest_sha256(str(ret_text), one->digest);
    list_add_last(&t->all, &one->link);
    t->n++;
    return 0;
}

/* Cuts the parameters "ticket=…" out of a query, which is not decoded; returns their number. *ret_rest is in the arena. */
static int cut_ticket(Str query, Arena *a, Str *ret_ticket, Str *ret_rest) {
    static const Str name = {"ticket=", 7};
    Str rest = query, part;
    char *out = arena_alloc(a, query.n + 1);
    size_t n = 0;
    int n_found = 0;
    while (str_split(&rest, '&', &part)) {
        bool is_it = str_starts(part, name);
        if (is_it) *ret_ticket = str_from(part, name.n);
        n_found += is_it;
        if (is_it || !part.n) continue;
        if (n) out[n++] = '&';
        memcpy(out + n, part.p, part.n);
        n += part.n;
    }
    *ret_rest = str_n(out, n);
    return n_found;
}

bool ticket_is_in(const HttpRequest *r) {
    CLEANUP(arena_freep) Arena *a = NULL;
    Str ticket, rest;
    size_t at;
    if (r->is_unix || !str_find(r->query, STR("ticket="), &at)) return false;
    return cut_ticket(r->query, a = arena_new(), &ticket, &rest) > 0;
}

/* Every ticket is compared, so that the time says nothing of how much of one is right. */
static Ticket *find(Tickets *t, Str text) {
    uint8_t digest[DIGEST_BYTES];
    Ticket *found = NULL;
    digest_sha256(text, digest);
    list_each(&t->all, Ticket, link,
              one) if (digest_equal(str_n(digest, sizeof digest), str_n(one->digest, sizeof one->digest))) found = one;
    return found;
}

int ticket_redeem(Tickets *t, const HttpRequest *r, Principal *ret, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Str text = {0}, query = {0};
    if (!str_is(r->method, "GET")) return err_fail(e, ERR_UNAUTHORIZED, "a ticket is for GET alone");
    drop_old(t);
    if (cut_ticket(r->query, a, &text, &query) > 1) return err_fail(e, ERR_UNAUTHORIZED, "`ticket` is given twice");
    Ticket *one = find(t, text);
    if (!one)
        return err_fail(e, ERR_UNAUTHORIZED,
                        "this ticket was already used, is older than 60 s or was never made; "
                        "make another one with create_ticket");
    if (!str_is(r->path, one->path) || !str_is(query, one->query))
        return err_fail(e, ERR_FORBIDDEN, "this ticket is for another address");
    *ret = one->who;
    ret->is_local = http_is_local(r);
    drop(t, one);
    return 0;
}
