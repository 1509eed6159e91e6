"""Say which administrative units each zone touches, and how much of each lies inside."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely import affinity
from shapely.geometry.base import BaseGeometry

from dmz import checks, geodesy, placing
from dmz.errors import DmzWarning, InputError
from dmz.geodata import WGS84, feature_names

COLUMNS = {
    **{name: placing.COLUMNS[name] for name in ("reading", "band", "party")},
    "level": "administrative level: 0 the state, 1 to 4 below it",
    "pcode": "P-code of the unit, as text; empty where the layer gives none",
    "name": "name of the unit in the language asked for",
    "parent_pcode": "P-code of the unit one level up; empty where the layer gives none",
    "unit_km2": "area of the whole unit on the ellipsoid",
    "inside_km2": "area on the ellipsoid of the part of it inside this ground",
    "unit_share": "inside_km2 as a share of unit_km2, 0 to 1",
    "zone_share": "inside_km2 as a share of the ground's own area; in sum below 1 where some of it lies in no unit",
}
# Levels that boundary sets of the UN's humanitarian offices (COD-AB) have.
LEVELS = range(5)
PCODE = re.compile(r"adm([0-4])_?pcode", re.IGNORECASE)
# Units are measured where the ground in them is larger than the rounding of shared borders leaves, km2: 100 m2.
LEAST_KM2 = 1e-4
# Share of a ground that may lie in two units before they are said to overlap: borders simplified apart do so a little.
OVERLAP_SHARE = 1e-3


class OverlappingUnitsWarning(DmzWarning):
    """Administrative units that overlap: ground in two of them counts twice."""


@dataclass(frozen=True)
class _Names:
    """Columns of a layer for one level; None where it has none."""

    level: int
    pcode: str
    name: str | None
    parent: str | None


def units(
    layer: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, *, level: int | None = None, language: str = "en"
) -> gpd.GeoDataFrame:
    """Administrative units that zones touch.

    Parameters
    ----------
    layer
        Polygons, longitude, latitude on WGS 84, with the columns of a COD-AB: ``ADM2_PCODE``, ``ADM2_EN`` and so on, or
        ``adm2_pcode``, ``adm2_en``, ``adm2_name``; upper or lower case. P-codes are text.
    zones
        As `dmz.zones` or `dmz.placing.extents` make them, of any number of readings.
    level
        0 to 4; None: the deepest that the layer has P-codes for. Units of a level above the layer's own are joined.
    language
        Ending of the column of names: ``"en"``, ``"ar"``.

    Returns
    -------
    geopandas.GeoDataFrame
        One row a zone and unit that has more than 100 m2 in it, in the order of the zones, then by P-code; columns as
        `COLUMNS` and ``geometry``, the part inside (MultiPolygon).

    Raises
    ------
    InputError
        Where no column holds P-codes of the level (the nearest name is offered), or they are numbers and no text.
    CRSError, GeometryError
        As `dmz.checks.is_layer` raises them.

    Warns
    -----
    OverlappingUnitsWarning
        Where units overlap inside a zone.

    Notes
    -----
    Edges of zones and units are geodesics; both are densified to 1 km (14 mm at 35 N), cut on the plane of longitude
    and latitude, and measured on the ellipsoid (Karney 2013, `dmz.geodesy.area`).

    P-codes are those of the UN's common operational datasets: OCHA, "P-codes", Common Operational Datasets guidance.
    """
    placing.check_zones(zones)
    checks.is_layer(layer, "polygon", where="the layer of units")
    columns = _names(layer, level, language)
    every = _joined(layer, columns)
    shapes = every.geometry.to_numpy()
    tree, found = shapely.STRtree(shapes), []
    for zone in zones.itertuples():
        ground = placing.drawn(zone.geometry)
        at, parts, inside_km2 = _parts(ground, shapes, tree)
        zone_km2 = geodesy.area(ground) / 1e6
        rows = every.iloc[at].assign(
            **{name: getattr(zone, name) for name in placing.ZONE_COLUMNS},
            inside_km2=inside_km2,
            unit_share=inside_km2 / every["unit_km2"].to_numpy()[at],
            zone_share=inside_km2 / zone_km2,
            geometry=parts,
        )
        _tell_overlaps((inside_km2.sum() - geodesy.area(shapely.union_all(parts)) / 1e6) / zone_km2, zone)
        found.append(rows.sort_values(["pcode", "name"], kind="stable", na_position="last"))
    table = pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=[*COLUMNS, "geometry"])
    return gpd.GeoDataFrame(table[[*COLUMNS, "geometry"]], geometry="geometry", crs=WGS84)


def _parts(
    ground: BaseGeometry, shapes: NDArray[np.object_], tree: shapely.STRtree
) -> tuple[NDArray[np.intp], NDArray[np.object_], NDArray[np.float64]]:
    """Units that some ground touches: their numbers, the parts inside, and the areas of these in km2."""
    found: dict[int, list[BaseGeometry]] = {}
    for turn in (-360.0, 0.0, 360.0):
        moved = affinity.translate(ground, turn)
        for number in tree.query(moved, predicate="intersects"):
            found.setdefault(int(number), []).append(shapely.intersection(shapes[number], moved))
    numbers = np.array(sorted(found), dtype=np.intp)
    parts = np.empty(len(numbers), dtype=object)
    parts[:] = [_polygons(found[number]) for number in numbers]
    areas = np.array([geodesy.area(part) / 1e6 for part in parts], dtype=float)
    large = areas > LEAST_KM2
    return numbers[large], parts[large], areas[large]


def _polygons(shapes: list[BaseGeometry]) -> shapely.MultiPolygon:
    """Polygons of geometries; lines and points, where they only touch, have no area."""
    parts = shapely.get_parts(shapely.get_parts(shapes))
    return shapely.MultiPolygon([*parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON]])


def _names(layer: gpd.GeoDataFrame, level: int | None, language: str) -> _Names:
    """Columns of the level asked for, or of the deepest there is."""
    coded = {int(found[1]): str(name) for name in layer.columns if (found := PCODE.fullmatch(str(name).strip()))}
    if level is not None and level not in LEVELS:
        raise InputError(f"level is {level}: an administrative level is 0 to {LEVELS[-1]}")
    if not coded:
        checks.has_columns(layer, ["ADM1_PCODE"], where="the layer of units: its P-codes are in no column ADM0_PCODE "
                           "to ADM4_PCODE, upper or lower case")  # fmt: skip
    deepest = max(coded)
    if level is not None and level not in coded:
        has = ", ".join(f"{one} ({name})" for one, name in sorted(coded.items()))
        raise InputError(f"the layer of units: it has no P-codes of level {level}; it has them of level {has}")
    chosen = deepest if level is None else level
    return _Names(chosen, coded[chosen], _named(layer, chosen, language), coded.get(chosen - 1))


def _named(layer: gpd.GeoDataFrame, level: int, language: str) -> str | None:
    """Column of the names of a level: in the language asked for, else the one of any language."""
    folded = {str(name).strip().casefold(): str(name) for name in layer.columns}
    wanted = [f"adm{level}_{language.casefold()}", f"adm{level}_name_{language.casefold()}", f"adm{level}_name"]
    return next((folded[name] for name in wanted if name in folded), None)


def _joined(layer: gpd.GeoDataFrame, columns: _Names) -> gpd.GeoDataFrame:
    """Units of a level, the features of one P-code as one; a feature without one is a unit of its own."""
    codes = _codes(layer, columns.pcode)
    own = codes.where(codes.notna(), pd.Series(range(len(layer)), index=layer.index).map(" {}".format))
    table = pd.DataFrame(
        {
            "level": columns.level,
            "pcode": codes,
            "name": None if columns.name is None else layer[columns.name],
            "parent_pcode": None if columns.parent is None else _codes(layer, columns.parent),
        },
        index=layer.index,
    )
    units_ = table.groupby(own, sort=False).first()
    dense = pd.Series([geodesy.densify(shape, placing.STEP_M) for shape in layer.geometry], index=layer.index)
    shapes = [shapely.union_all(parts.to_numpy()) for _, parts in dense.groupby(own, sort=False)]
    found = gpd.GeoDataFrame(units_.astype(object).astype({"level": "int64"}), geometry=shapes, crs=WGS84)
    return found.reset_index(drop=True).assign(unit_km2=[geodesy.area(shape) / 1e6 for shape in shapes])


def _codes(layer: gpd.GeoDataFrame, name: str) -> pd.Series:
    """P-codes as text without blanks around them; empty ones are unknown.

    Raises
    ------
    InputError
        Where they are numbers: their leading zeros are lost.
    """
    said = layer[name]
    numbers = said.notna() & np.array([not isinstance(code, str) for code in said], dtype=bool)
    if numbers.any():
        who = feature_names(layer)[int(np.flatnonzero(numbers)[0])]
        raise InputError(
            f"the layer of units: column {name!r} holds numbers ({who} has {said[numbers].iloc[0]}), and P-codes are "
            f"text: their leading zeros are lost; read it again as text (pandas: dtype={{{name!r}: str}})"
        )
    texts = said.astype(object).where(said.notna(), "").str.strip()
    return texts.where(texts != "", None)


def _tell_overlaps(share: float, zone: object) -> None:
    if share > OVERLAP_SHARE:
        where = "-".join(str(getattr(zone, name)) for name in placing.ZONE_COLUMNS)
        warnings.warn(
            f"the layer of units: {share:.1%} of the zone {where} lies in two units or more, and counts in each",
            OverlappingUnitsWarning,
            stacklevel=3,
        )
