/* Tickets: a link that fetches one thing once, for clients that cannot send a header (<a download>, <img>).
 *
 * A ticket is in the query of a GET over TCP (?ticket=…) and stands for the caller who made it: for that path with that
 * query alone, once, for TICKET_LIFE_MS. They are in memory only; what is kept of one is its digest. Host, Origin and
 * Sec-Fetch-Site are checked as for any request. Loop thread only.
 */
#pragma once

#include "core/auth.h"

typedef struct Tickets Tickets;

enum { TICKET_LIFE_MS = 60000, TICKETS_OF_ONE_MAX = 64, TICKETS_MAX = 1024, TICKET_TEXT_SIZE = 44 };

/* now_us: NULL: clock_mono_us. */
Tickets *tickets_new(int64_t (*now_us)(void));
void tickets_free(Tickets *t); /* NULL is allowed */

/* `path` is decoded, `query` is not and comes without `?`. ERR_RATE_LIMITED: the caller has too many that are unused. */
int ticket_make(Tickets *t, const Principal *who, Str path, Str query, char ret_text[TICKET_TEXT_SIZE], Err *e);
/* True when a request brings one: it is then the only proof of who asks. */
bool ticket_is_in(const HttpRequest *r);
/* Uses it up. ERR_UNAUTHORIZED: it was used, is too old or unknown, or it is no GET. ERR_FORBIDDEN: it is for another
 * path or query, and stays valid. */
int ticket_redeem(Tickets *t, const HttpRequest *r, Principal *ret, Err *e);
