/* What the daemon knows of terminals that are watched or drawn: loop thread. App.terminals. */
#pragma once

#include "base/map.h"
#include "core/app.h"

struct Terminals {
    App *app;
    Map stages; /* launch id → Stage* (view.c): launches with viewers */
    Map shots;  /* launch id → Shot* (shot.c): whose snapshots are being made */
    Map titles; /* terminal id → Title* (answer.c): set within the last second */
    bool is_stopped;
};
