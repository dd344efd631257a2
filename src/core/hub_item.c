#include "core/hub_item.h"

#include "base/mem.h"
#include "db/db.h"

static Str put(char **at, Str s) {
    char *p = *at;
    if (s.n) memcpy(p, s.p, s.n);
    *at = p + s.n;
    return (Str){p, s.n};
}

HubItem *hub_item_event(const HubEvent *ev) {
    size_t size = sizeof(HubItem) + ev->topic.n + ev->kind.n + ev->envelope.n;
    HubItem *it = mu_alloc(size);
    char *at = (char *)(it + 1);
    it->is = ITEM_EVENT;
    it->size = size;
    it->generation = ev->generation;
    it->seq = ev->seq;
    it->topic = put(&at, ev->topic);
    it->kind = put(&at, ev->kind);
    it->envelope = put(&at, ev->envelope);
    if (ev->payload.n) it->payload = (Str){it->envelope.p + (ev->payload.p - ev->envelope.p), ev->payload.n};
    return it;
}

HubItem *hub_item_renewal(Str topic, int64_t generation) {
    HubItem *it = hub_item_event(&(HubEvent){.topic = topic, .generation = generation});
    it->is = ITEM_RENEWAL;
    return it;
}

void hub_after_commit(Tx *tx, void (*run)(void *arg), void (*drop)(void *arg), void *arg) {
    HubItem *it = mu_new(HubItem);
    it->is = ITEM_RUN;
    it->size = sizeof *it;
    it->run = run;
    it->drop = drop;
    it->arg = arg;
    tx_publish(tx, it);
}
