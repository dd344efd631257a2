/* muster-model: the scripted model as a separate program, for tests that need no daemon. */
#include "model/model.h"

int main(int argc, char **argv) { return model_main(argc, argv); }
