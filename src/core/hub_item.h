/* What a write hands to the hub: an event, a notice that a topic's generation has changed, or a function to run. */
#pragma once

#include "base/list.h"
#include "core/hub.h"

typedef enum HubItemKind { ITEM_EVENT, ITEM_RENEWAL, ITEM_RUN } HubItemKind;

/* One block: the text follows the struct. Owned by the writer, then by the loop. */
typedef struct HubItem {
    HubItemKind is;
    size_t size; /* of the block */
    int64_t generation, seq;
    Str topic, kind, envelope, payload;
    void (*run)(void *arg);
    void (*drop)(void *arg);
    void *arg;
    struct HubTopic *ring_of;
    List ring; /* HubTopic.ring */
    List age;  /* Feed.items, then Hub.by_age */
} HubItem;

HubItem *hub_item_event(const HubEvent *ev); /* copies the text */
HubItem *hub_item_renewal(Str topic, int64_t generation);
