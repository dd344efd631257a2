/* Tickets: one use, one address, one minute, and bounds. */
#include "core/ticket.h"

#include "base/mem.h"
#include "base/test.h"
#include "net/http.h"

enum { SECOND_US = 1000000 };

static int64_t now_us;
static int64_t test_now(void) { return now_us; }

static Tickets *open_tickets(void) {
    now_us = 1000 * (int64_t)SECOND_US;
    return tickets_new(test_now);
}

static int make(Tickets *t, const char *who, char text[TICKET_TEXT_SIZE]) {
    Principal p = auth_local(ROLE_MEMBER);
    snprintf(p.id, sizeof p.id, "%s", who);
    return ticket_make(t, &p, STR("/api/files"), STR("path=a%20b&x=1"), text, NULL);
}

static int redeem(Tickets *t, const char *method, const char *path, const char *query, Principal *ret) {
    HttpRequest r = {.method = str(method), .path = str(path), .query = str(query), .peer_pid = -1};
    return ticket_redeem(t, &r, ret, NULL);
}

static const char *with(char out[200], const char *before, const char *ticket, const char *after) {
    snprintf(out, 200, "%sticket=%s%s", before, ticket, after);
    return out;
}

TEST(a_ticket_fetches_its_address_once) {
    static const struct {
        const char *before, *after;
    } queries[] = {{"path=a%20b&x=1&", ""}, {"", "&path=a%20b&x=1"}, {"path=a%20b&", "&x=1"}};
    Tickets *t = open_tickets();
    for (size_t i = 0; i < COUNT_OF(queries); i++) {
        char text[TICKET_TEXT_SIZE], query[200];
        Principal who = {0};
        CHECK_I64(make(t, "usr_1", text), 0);
        CHECK_I64(strlen(text), TICKET_TEXT_SIZE - 1);
        with(query, queries[i].before, text, queries[i].after);
        CHECK_I64(redeem(t, "GET", "/api/files", query, &who), 0);
        CHECK_STR(str(who.id), "usr_1");
        CHECK_I64(who.role, ROLE_MEMBER);
        CHECK_I64(redeem(t, "GET", "/api/files", query, &who), -ERR_UNAUTHORIZED);
    }
    tickets_free(t);
}

TEST(a_ticket_is_for_nothing_else_and_for_a_minute) {
    char text[TICKET_TEXT_SIZE], query[200];
    Principal who = {0};
    Tickets *t = open_tickets();
    CHECK_I64(make(t, "usr_1", text), 0);
    with(query, "path=a%20b&x=1&", text, "");
    CHECK_I64(redeem(t, "GET", "/api/other", query, &who), -ERR_FORBIDDEN);
    CHECK_I64(redeem(t, "GET", "/api/files", with(query, "path=a%20c&x=1&", text, ""), &who), -ERR_FORBIDDEN);
    CHECK_I64(redeem(t, "GET", "/api/files", with(query, "", text, ""), &who), -ERR_FORBIDDEN);
    CHECK_I64(redeem(t, "HEAD", "/api/files", with(query, "path=a%20b&x=1&", text, ""), &who), -ERR_UNAUTHORIZED);
    CHECK_I64(redeem(t, "POST", "/api/files", query, &who), -ERR_UNAUTHORIZED);
    CHECK_I64(redeem(t, "GET", "/api/files", with(query, "path=a%20b&x=1&", text, "x"), &who), -ERR_UNAUTHORIZED);
    CHECK_I64(redeem(t, "GET", "/api/files", with(query, "ticket=x&path=a%20b&x=1&", text, ""), &who),
              -ERR_UNAUTHORIZED);
    CHECK_I64(redeem(t, "GET", "/api/files", "ticket=", &who), -ERR_UNAUTHORIZED);
    CHECK_I64(who.role, ROLE_NONE);
    now_us += 60 * (int64_t)SECOND_US;
    CHECK_I64(redeem(t, "GET", "/api/files", with(query, "path=a%20b&x=1&", text, ""), &who), -ERR_UNAUTHORIZED);
    CHECK_I64(make(t, "usr_1", text), 0);
    now_us += 60 * (int64_t)SECOND_US - 1;
    CHECK_I64(redeem(t, "GET", "/api/files", with(query, "path=a%20b&x=1&", text, ""), &who), 0);
    tickets_free(t);
}

TEST(a_ticket_is_seen_over_tcp_only) {
    HttpRequest r = {.method = STR("GET"), .query = STR("a=1&ticket=x")};
    CHECK(ticket_is_in(&r));
    r.is_unix = true;
    CHECK(!ticket_is_in(&r));
    r = (HttpRequest){.method = STR("GET"), .query = STR("xticket=x&a=ticket=y")};
    CHECK(!ticket_is_in(&r));
    r.query = (Str){0};
    CHECK(!ticket_is_in(&r));
}

TEST(unused_tickets_are_bounded_for_each_caller_and_for_all) {
    char text[TICKET_TEXT_SIZE], who[16];
    Tickets *t = open_tickets();
    for (int i = 0; i < TICKETS_OF_ONE_MAX; i++) CHECK_I64(make(t, "usr_1", text), 0);
    CHECK_I64(make(t, "usr_1", text), -ERR_RATE_LIMITED);
    for (int i = TICKETS_OF_ONE_MAX; i < TICKETS_MAX; i++) {
        snprintf(who, sizeof who, "usr_x%d", i);
        CHECK_I64(make(t, who, text), 0);
    }
    CHECK_I64(make(t, "usr_2", text), -ERR_RATE_LIMITED);
    now_us += 61 * (int64_t)SECOND_US;
    CHECK_I64(make(t, "usr_1", text), 0);
    tickets_free(t);
}
