/* See topic.h. */
#include "core/topic.h"

#include "base/mem.h"
#include "base/ulid.h"
#include "core/app.h"

static const TopicDef *find(const App *app, Str noun, bool has_id) {
    for (const TopicDef *const *list = app->topics; list && *list; list++)
        for (const TopicDef *d = *list; d->noun; d++)
            if (str_is(noun, d->noun) && has_id == (d->prefix != NULL)) return d;
    return NULL;
}

static int fail_unknown(Str topic, Err *e) {
    return err_fail(e, ERR_INVALID, "unknown topic `" STR_FMT "`", STR_ARG(str_upto(topic, 100)));
}

int topic_may(const App *app, const Principal *who, Str topic, Err *e) {
    Str id = topic, noun;
    bool has_id = memchr(topic.p, '/', topic.n) != NULL;
    if (!topic.n || !str_split(&id, '/', &noun)) return fail_unknown(topic, e);
    const TopicDef *d = find(app, noun, has_id);
    if (who->role == ROLE_AGENT) return auth_check_own(who, d && d->agent_may ? id : STR(""), e);
    if (!d || (has_id && !id_is(id, d->prefix))) return fail_unknown(topic, e);
    bool is_mine = !has_id || (strcmp(d->prefix, "org") != 0 && strcmp(d->prefix, "usr") != 0) ||
                   str_is(id, strcmp(d->prefix, "org") == 0 ? who->org : who->id);
    if (who->role >= d->role && is_mine) return 0;
    return err_fail(e, ERR_FORBIDDEN, "you may not subscribe to topic `" STR_FMT "`", STR_ARG(topic));
}

const struct LiveSource *topic_source(const App *app, Str topic) {
    Str id = topic, noun;
    if (!str_split(&id, '/', &noun)) return NULL;
    const TopicDef *d = find(app, noun, memchr(topic.p, '/', topic.n) != NULL);
    return d ? d->source : NULL;
}

Str topic_of(Arena *a, const char *noun, Str id) { return arena_fmt(a, "%s/" STR_FMT, noun, STR_ARG(id)); }
