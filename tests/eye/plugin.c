/* A plug-in that is linked to eye-pictures: its library is found by symbol from here alone, as perl's SDL is. */
int SDL_RenderPresent(void *renderer);
int plugin_present(void *renderer);

int plugin_present(void *renderer) { return SDL_RenderPresent(renderer); }
