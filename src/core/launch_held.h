/* Why a launch is held: what LaunchOwner.held gets. */
#pragma once

#define LAUNCH_HELD_NO_ROOM "disk full"
#define LAUNCH_HELD_BACKLOG "backlog"
#define LAUNCH_HELD_SUSPENDED "stopped by a signal" /* the program; its output is read on */
