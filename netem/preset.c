/* SPDX-License-Identifier: BSD-2-Clause */
/* Roads by name: see preset.h. All delays are one-way. */
#include "netem/preset.h"

#include <string.h>

#define HPBN                                                                   \
    "I. Grigorik, High Performance Browser Networking (O'Reilly, 2013), "      \
    "table 1-1"
#define NASA_MARS                                                              \
    "NASA Space Science Data Coordinated Archive, Mars Fact Sheet (distance "  \
    "from Earth 54.6 to 401.4 million km), at 299,792.458 km/s"

/* clang-format off */
const struct preset presets[] = {
    {"lan", "delay 250us rate 1gbit",
     "a local network: a round trip of 0.5 ms over gigabit Ethernet",
     "J. Dean, Designs, Lessons and Advice from Building Large Distributed "
     "Systems (LADIS 2009), \"Numbers Everyone Should Know\"; IEEE 802.3ab"},
    {"continental", "delay 21ms",
     "New York to San Francisco, 4,148 km, by the speed of light in fibre",
     HPBN},
    {"leo", "delay 25ms",
     "a constellation in low Earth orbit: the median round trip of 50 ms "
     "between a Starlink subscriber and European servers",
     "Fact checking Starlink's performance figures "
     "(APNIC blog, 28 November 2022), figure 1"},
    {"intercontinental", "delay 80ms",
     "New York to Sydney, 15,993 km, by the speed of light in fibre", HPBN},
    {"geo", "delay 279ms",
     "a geostationary satellite at the edge of its view, twice 41,756 km",
     "RFC 2488, section 2"},
    {"moon", "delay 1282ms",
     "Earth to Moon, 384,400 km on average",
     "NASA Space Science Data Coordinated Archive, Moon Fact Sheet "
     "(semimajor axis), at 299,792.458 km/s"},
    {"mars-near", "delay 182s", "Earth to Mars when nearest, 54.6 million km",
     NASA_MARS},
    {"mars", "delay 761s",
     "Earth to Mars, midway between nearest and farthest, 228 million km",
     NASA_MARS},
    {"mars-far", "delay 1339s", "Earth to Mars when farthest, 401.4 million km",
     NASA_MARS},
    {NULL, NULL, NULL, NULL},
};
/* clang-format on */

const struct preset *preset_find(const char *name, size_t len)
{
    for (const struct preset *p = presets; p->name; p++)
        if (strlen(p->name) == len && memcmp(p->name, name, len) == 0)
            return p;
    return NULL;
}
