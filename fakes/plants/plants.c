/* fakes/plants/plants.c - the list of planted bugs. */
#include "fakes/plants/plants.h"

#include <string.h>

#define PLANT(name) extern const struct plant plant_##name;
#include "fakes/plants/plants.def"
#undef PLANT

const struct plant *const plants[] = {
#define PLANT(name) &plant_##name,
#include "fakes/plants/plants.def"
#undef PLANT
    NULL,
};

const struct plant *
plant_find(const char *name)
{
    for (uint32_t i = 0; plants[i] != NULL; i++) {
        if (strcmp(plants[i]->name, name) == 0) {
            return plants[i];
        }
    }
    return NULL;
}
