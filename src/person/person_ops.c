/* The operations on what belongs to a person. */
#include "person/person_in.h"

static int get_ui_state(OpCall *c, const void *in, void *out, Err *e) {
    return ui_state_get(c, ((const UiStateRead *)in)->key, out, e);
}

static int list_ui_states(OpCall *c, const void *in, void *out, Err *e) { return ui_state_list(c, in, out, e); }

static int put_ui_state(OpCall *c, const void *in, void *out, Err *e) { return ui_state_put(c, in, out, e); }

static int get_away_digest(OpCall *c, const void *in, void *out, Err *e) { return away_digest(c, in, out, e); }

static int get_place(OpCall *c, const void *in, void *out, Err *e) {
    return place_get(c, ((const PlaceRead *)in)->id, out, e);
}

const Op person_ops[] = {
    {"get_ui_state", "GET /api/ui-state", "state get", OP_RUN(get_ui_state, UiStateRead, UiState), .role = ROLE_VIEWER,
     .where = ON_WORKER, .doc = "Returns what the person's page keeps under a key."},
    {"list_ui_states", "GET /api/ui-states", "state list", OP_RUN(list_ui_states, UiStatesRead, UiStates),
     .role = ROLE_VIEWER, .where = ON_WORKER, .doc = "Lists what the person's page keeps under keys with a prefix."},
    {"put_ui_state", "PUT /api/ui-state", "state put", OP_RUN(put_ui_state, UiStatePut, UiStored), .role = ROLE_VIEWER,
     .where = ON_WORKER, .flags = OP_WRITES,
     .doc =
         "Stores up to 64 KiB under a key of the person, or removes it; with ifDigest only over what they know. Their other devices see it as person_state on the person's topic."},
    {"get_away_digest", "GET /api/away", "away", OP_RUN(get_away_digest, AwayRead, AwayDigest), .role = ROLE_VIEWER,
     .where = ON_WORKER, .doc = "Counts what each agent did since a moment, from the events of its workspace."},
    {"get_place", "GET /api/place", "place", OP_RUN(get_place, PlaceRead, Place), .role = ROLE_VIEWER,
     .where = ON_WORKER, .doc = "Returns the address of the page that shows what has an id."},
    {0},
};
