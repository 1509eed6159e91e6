"""What the columns hold that layers have besides those of the tables they are drawn from."""

from __future__ import annotations

ID = {"id": "name of the feature"}
ROADS = {"name": "what the road is called"}
STANDING = {
    "status_due": "what was known of the road on the day it was due to be open, in words",
    "status_last": "what the last report says of it, in words",
}
COLUMNS = {
    "corridors": {"held_by": "who holds the road, stretch by stretch, in words", **STANDING},
    "holdings": {
        **ID,
        **ROADS,
        "held_by": "who holds the stretch, by name",
        "chainage": "from_km, to_km and length_km in words",
        "unsure": "contested_km in words",
        "begins": "where it begins, by the nearest settlement",
        "ends": "where it ends",
        **STANDING,
    },
    "road-status": {
        **ID,
        **ROADS,
        "chainage": "from_km, to_km and length_km in words",
        "reported": "what each report that holds says and when, in words",
        "valid_from": "first day of the status: the day it was asked for",
        "valid_to": "last day: the one before the next day asked for; null: none was",
    },
    "crossings": {
        **ID,
        **ROADS,
        "at": "at_km in words",
        "may_be": "earliest_km and latest_km in words",
        "goes": "from_party and to_party by name",
        "on_line": "line_km in words",
        "near": "the nearest settlement, how far and in which direction from it",
        "also": "other roads that cross at the same place, each with its chainage in words",
    },
    "posts": {
        "operator_name": "who kept it, by name",
        "uncertainty": "uncertainty_km in words",
        "line_seen": "length of the line within the radius as placed, at least and at most, in words",
        "line_off": "distance to the line in words",
        "method": "how the lengths were measured",
    },
    "posts-reach": {
        **ID,
        "name": "what the post is called",
        "radius_km": "how far a post is taken to see",
        "reach": "radius_km in words",
        "method": "how it was measured",
    },
    "patrol-gaps": {
        **ID,
        "chainage": "from_km, to_km and length_km in words",
        "begins": "where it begins, by the nearest settlement",
        "ends": "where it ends",
        "meaning": "what a gap here means",
    },
    "reports": {
        "about": "obligations it is about, by name",
        "says": "what it claims: supports, supports in part, contradicts, cannot tell",
        "place_known": "how precisely its place is known, in words",
        "also": "other observations at the same place",
    },
    "facilities": {
        **ID,
        "name": "its name; empty where the layer has none",
        "category": "what it is, as the layer says",
        "off": "distance_km in words",
    },
    "units": {
        **ID,
        "level": "administrative level: 0 the state, 1 to 4 below it",
        "unit_km2": "area of the whole unit on the ellipsoid",
        "area": "unit_km2 in words",
    },
}
