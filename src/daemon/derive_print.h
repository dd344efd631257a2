/* `muster derive ADAPTER FOLDER`: the events of a launch's log, derived again from its first byte, one JSON object per
 * line: {"offset","index","kind","at","payload"}. A stored stream can be checked against them. A session that continues
 * starts from the state in its launch's row, in the store of the folder's home; a folder elsewhere starts without
 * one. */
#pragma once

int derive_print_main(int argc, char **argv);
