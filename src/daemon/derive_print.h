/* `muster derive ADAPTER FOLDER`: the events of a launch's log, made again from its first byte, one JSON object a line:
 * {"offset","index","kind","at","payload"}. What a stored stream is checked against. */
#pragma once

int derive_print_main(int argc, char **argv);
