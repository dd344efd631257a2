/* `muster derive ADAPTER FOLDER`: the events of a launch's log, made again from its first byte, one JSON object a line:
 * {"offset","index","kind","at","payload"}. What a stored stream is checked against. A session that goes on begins with
 * what its launch's row keeps in the store of the folder's home; a folder elsewhere begins with nothing. */
#pragma once

int derive_print_main(int argc, char **argv);
