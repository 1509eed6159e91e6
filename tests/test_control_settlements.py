"""Areas and lines from settlements: the nearest settlement decides, held against brute force and the drawn line."""

from __future__ import annotations

import datetime as dt
import time
import warnings

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from conftest import ROOT, shared

import dmz
from dmz import control, geodata, geodesy
from dmz.errors import ControlWarning, GeometryError, InputError, PartyError
from dmz.line import line_table, read_line

IDLIB = ROOT / "geodata" / "idlib"
# Sectors of which the front did not move between August 2017 and September 2018.
STILL = ("Latakia", "Ghab", "N Hama")


def placed(xy, party, **columns) -> gpd.GeoDataFrame:
    """Settlements at places, longitude, latitude."""
    xy = np.asarray(xy, dtype=float)
    return gpd.GeoDataFrame({"party": party, **columns}, geometry=gpd.points_from_xy(*xy.T), crs="EPSG:4326")


def away_km(points, sites) -> np.ndarray:
    """Geodesic distance from every point to every site by PROJ, km."""
    count = len(sites)
    lon, lat = np.repeat(points, count, axis=0).T
    site = np.tile(sites, (len(points), 1)).T
    return geodesy.GEOD.inv(lon, lat, *site)[2].reshape(len(points), count) / 1000


@pytest.fixture(scope="module")
def scattered() -> tuple[gpd.GeoDataFrame, shapely.Polygon, control.Control]:
    """Ninety settlements of three parties at 52 N in a theatre with a bay and a hole, larger than they cover."""
    rng = np.random.default_rng(7)
    xy = np.column_stack([rng.uniform(20.3, 21.7, 90), rng.uniform(51.6, 52.4, 90)])
    party = np.where(xy[:, 0] + 0.3 * np.sin(9 * xy[:, 1]) < 20.9, "west", np.where(xy[:, 1] > 52, "north", "south"))
    shell = [(19.2, 51.3), (21.9, 51.2), (22.0, 52.6), (21.0, 52.2), (20.2, 52.7), (19.0, 52.2)]
    theatre = shapely.Polygon(shell, [[(20.8, 51.8), (21.0, 51.8), (21.0, 51.9)]])
    table = placed(xy, party, name=[f"place {n}" for n in range(90)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ControlWarning)
        return table, theatre, control.from_settlements(table, within=theatre)


@pytest.fixture(scope="module")
def idlib():
    """The Idlib settlements, what is derived of them, and the drawn line."""
    theatre = geodata.read(IDLIB / "theatre.geojson")
    places = control.read_settlements(IDLIB / "control.csv")
    with pytest.warns(ControlWarning, match="Aleppo city centre"):
        derived = control.from_settlements(places, within=theatre)
    return places, derived, derived.line(left="opposition"), read_line(IDLIB / "line.geojson")


# ------------------------------------------------------------------------------------------------- ground, brute force


def test_every_point_belongs_to_the_party_of_its_nearest_settlement(scattered):
    table, theatre, found = scattered
    rng = np.random.default_rng(1)
    points = np.column_stack([rng.uniform(19, 22, 4000), rng.uniform(51.2, 52.7, 4000)])
    points = points[shapely.contains_xy(theatre, *points.T)]
    km = away_km(points, shapely.get_coordinates(table.geometry.array))
    nearest = table["party"].to_numpy()[km.argmin(axis=1)]
    for party in ("west", "north", "south"):
        held = shapely.contains_xy(found.area(party), *points.T)
        assert (held == ((nearest == party) & (km.min(axis=1) <= 35))).all()
    unknown = shapely.contains_xy(found.no_data.union_all(), *points.T)
    assert (unknown == (km.min(axis=1) > 35)).all()
    assert unknown.sum() > 100
    assert len(points) > 2000


def test_ground_is_contested_where_two_parties_are_within_seven_kilometres(scattered):
    table, theatre, found = scattered
    rng = np.random.default_rng(2)
    points = np.column_stack([rng.uniform(20.2, 21.8, 4000), rng.uniform(51.5, 52.5, 4000)])
    points = points[shapely.contains_xy(theatre, *points.T)]
    km = away_km(points, shapely.get_coordinates(table.geometry.array))
    party = table["party"].to_numpy()
    near = {name: km[:, party == name].min(axis=1) for name in found.parties}
    # The circles are drawn to 5 m: points nearer to one than that are left out.
    clear = np.all([np.abs(each - 7) > 0.01 for each in near.values()], axis=0)
    close = np.stack([near[name] <= 7 for name in sorted(near)], axis=1)
    expected = [", ".join(np.array(sorted(near))[row]) if row.sum() > 1 else "" for row in close]
    got = np.full(len(points), "", dtype=object)
    for row in found.contested.itertuples():
        got[shapely.contains_xy(row.geometry, *points.T)] = row.parties
    assert (got[clear] == np.array(expected, dtype=object)[clear]).all()
    assert {*got} > {"", "north, south"}


def test_areas_and_ground_without_data_are_a_partition_of_the_theatre(scattered):
    _, theatre, found = scattered
    whole = [*found.areas.geometry, *found.no_data.geometry]
    assert shapely.coverage_is_valid(np.array(whole, dtype=object))
    assert found.areas["area_km2"].sum() + found.no_data["area_km2"].sum() == pytest.approx(
        geodesy.area(geodesy.densify(theatre, 500, edges="lonlat")) / 1e6, rel=1e-6
    )
    assert found.areas["area_km2"].to_numpy() == pytest.approx([geodesy.area(g) / 1e6 for g in found.areas.geometry])


def test_a_vertex_of_the_line_is_as_far_from_one_party_as_from_the_other_and_h_says_how_far(scattered):
    table, _, found = scattered
    party, sites = table["party"].to_numpy(), shapely.get_coordinates(table.geometry.array)
    for left, right in (("west", "south"), ("north", "south"), ("north", "west")):
        line = found.line(left, right)
        xy = shapely.get_coordinates(line.geometry)
        km = away_km(xy, sites)
        assert km[:, party == left].min(axis=1) == pytest.approx(km[:, party == right].min(axis=1), abs=1e-4)
        assert line.uncertainty_m / 1000 == pytest.approx(km.min(axis=1), abs=1e-6)
        assert control.sigma_m(line.uncertainty_m) == pytest.approx(line.uncertainty_m / 2)


def test_between_its_vertices_the_line_is_equally_far_too(scattered):
    table, _, found = scattered
    party, sites = table["party"].to_numpy(), shapely.get_coordinates(table.geometry.array)
    line = found.line("north", "south").geometry
    xy = np.array([geodesy.interpolate(line, at).coords[0] for at in np.linspace(1, geodesy.length(line) - 1, 300)])
    km = away_km(xy, sites)
    assert km[:, party == "north"].min(axis=1) == pytest.approx(km[:, party == "south"].min(axis=1), abs=1e-3)


def test_the_party_named_is_on_the_left(scattered):
    found = scattered[2]
    for left, right in (("west", "south"), ("south", "west")):
        line = found.line(left, right)
        for part in shapely.get_parts(line.geometry):
            middle = np.array(geodesy.interpolate(part, geodesy.length(part) / 2).coords[0])
            ahead = np.array(geodesy.interpolate(part, geodesy.length(part) / 2 + 200).coords[0]) - middle
            beside = middle + 1e-3 * np.array([-ahead[1], ahead[0]]) / np.hypot(*ahead)
            assert found.area(left).contains(shapely.Point(beside))


def test_the_fronts_are_all_pairs_that_touch_and_add_up(scattered):
    found = scattered[2]
    fronts = found.fronts()
    assert {frozenset(pair) for pair in zip(fronts["left"], fronts["right"], strict=True)} == {
        frozenset(pair) for pair in (("north", "south"), ("north", "west"), ("south", "west"))
    }
    assert fronts["length_km"].is_monotonic_decreasing
    edges = sum(geodesy.length(g) for g in found.areas.geometry) / 1000
    outer = geodesy.length(shapely.union_all(found.areas.geometry.array)) / 1000
    assert 2 * fronts["length_km"].sum() + outer == pytest.approx(edges, rel=1e-9)


def test_an_enclave_stays_as_a_closed_part():
    ring = [(36 + 0.2 * np.cos(a), 35 + 0.16 * np.sin(a)) for a in np.linspace(0, 2 * np.pi, 9)[:-1]]
    table = placed([*ring, (36.0, 35.0), (36.6, 35.0), (36.6, 35.3)], ["out"] * 8 + ["in"] + ["in", "in"])
    with pytest.warns(ControlWarning, match="settlement 8 .in."):
        found = control.from_settlements(table, within=shapely.box(35.5, 34.6, 36.8, 35.4))
    parts = shapely.get_parts(found.line(left="in").geometry)
    closed = [part for part in parts if part.is_closed]
    assert len(closed) == 1
    assert shapely.Polygon(closed[0]).contains(shapely.Point(36, 35))
    assert shapely.LinearRing(closed[0]).is_ccw, "the enclave's holder is on the left"


def test_over_the_antimeridian_it_is_the_same_ground_as_anywhere():
    rng = np.random.default_rng(3)
    xy = np.column_stack([rng.uniform(-0.7, 0.7, 40), rng.uniform(-17.5, -16.5, 40)])
    party = np.where(xy[:, 0] > 0.2 * np.sin(8 * xy[:, 1]), "east", "west")
    areas = []
    for lon in (20.0, 180.0):
        table = placed(xy + np.array([lon, 0]), party)
        theatre = shapely.box(lon - 1, -17.8, lon + 1, -16.2)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ControlWarning)
            found = control.from_settlements(table, within=theatre)
        areas.append([*found.areas["area_km2"], *found.contested["area_km2"], found.line("east").length_km])
    assert areas[0] == pytest.approx(areas[1], rel=1e-6)


@pytest.mark.parametrize(
    ("xy", "party"),
    [
        ([(36 + 0.05 * n, 35.0) for n in range(10)], ["a", "b"] * 5),
        ([(36 + 0.05 * i, 35 + 0.05 * j) for i in range(6) for j in range(6)], ["a", "b", "c"] * 12),
        ([(36, 35), (36 + 2e-7, 35), (36.1, 35), (36.1, 35 + 1e-7)], ["a", "b", "a", "b"]),
    ],
    ids=["in a row", "on a lattice, four equally near", "centimetres apart"],
)
@pytest.mark.filterwarnings("ignore::dmz.errors.ControlWarning")
def test_settlements_in_awkward_places_are_parted_too(xy, party):
    theatre = shapely.box(35.9, 34.9, 36.6, 35.4)
    found = control.from_settlements(placed(xy, party), within=theatre, contested_km=0, no_data_km=90)
    points = np.random.default_rng(8).uniform((35.9, 34.9), (36.6, 35.4), (800, 2))
    nearest = np.array(party)[away_km(points, np.array(xy)).argmin(axis=1)]
    for name in found.parties:
        assert (shapely.contains_xy(found.area(name), *points.T) == (nearest == name)).all()
    assert shapely.coverage_is_valid(found.areas.geometry.array)


def test_without_a_theatre_the_ground_is_that_within_the_radius_of_a_settlement():
    table = placed([(36.0, 35.0), (36.3, 35.0)], ["one", "other"])
    found = control.from_settlements(table, no_data_km=30, contested_km=0)
    disc = geodesy.buffer(shapely.MultiPoint([(36.0, 35.0), (36.3, 35.0)]), 30_000)
    assert found.areas["area_km2"].sum() == pytest.approx(geodesy.area(disc) / 1e6, rel=1e-3)
    assert found.areas["area_km2"].iloc[0] == pytest.approx(found.areas["area_km2"].iloc[1], rel=1e-4)
    assert len(found.no_data) == 0
    assert len(found.contested) == 0
    xy = shapely.get_coordinates(found.line("one").geometry)
    assert xy[:, 0] == pytest.approx(36.15, abs=2e-7), "by symmetry the line is the meridian between the two"


def test_fifty_thousand_settlements_take_seconds():
    rng = np.random.default_rng(4)
    xy = np.column_stack([rng.uniform(36, 40, 50_000), rng.uniform(33, 37, 50_000)])
    party = np.where(xy[:, 0] + 0.5 * np.sin(3 * xy[:, 1]) < 38, "west", "east")
    began = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ControlWarning)
        found = control.from_settlements(placed(xy, party), within=shapely.box(35.8, 32.8, 40.2, 37.2))
    line = found.line("west")
    assert time.process_time() - began < 20, "seconds of one core; 2 to 3 where it is idle"
    assert line.length_km > 450
    sample = rng.choice(len(line.uncertainty_m), 50)
    points = shapely.get_coordinates(line.geometry)[sample]
    km = np.array([away_km(point[None], xy).min() for point in points])
    assert line.uncertainty_m[sample] / 1000 == pytest.approx(km, abs=1e-6)


# ------------------------------------------------------------------------------------------------- labels


def grid(flip: int | None = None) -> gpd.GeoDataFrame:
    """Seven by seven settlements about 5 km apart, parted in the middle, one label perhaps turned."""
    xy = np.array([(36 + 0.055 * i, 35 + 0.045 * j) for i in range(7) for j in range(7)])
    party = np.where(xy[:, 0] < 36.16, "west", "east").astype(object)
    if flip is not None:
        party[flip] = "east" if party[flip] == "west" else "west"
    return placed(xy, party, name=[f"place {n}" for n in range(49)])


def test_a_label_that_all_six_neighbours_contradict_is_flagged_and_used_or_left_out_as_asked():
    clean = control.from_settlements(grid(), within=shapely.box(35.9, 34.9, 36.5, 35.4))
    assert not clean.places["suspect"].any()
    for suspects, used in (("use", True), ("leave-out", False)):
        done = "used all the same" if used else "left out"
        with pytest.warns(ControlWarning, match=rf"1 label is contradicted by all 6 .* {done}: place 45 \(west\)"):
            found = control.from_settlements(
                grid(flip=45), within=shapely.box(35.9, 34.9, 36.5, 35.4), suspects=suspects
            )
        assert found.places.loc[found.places["suspect"], "name"].tolist() == ["place 45"]
        assert found.places["used"].sum() == (49 if used else 48)
        assert found.area("west").contains(shapely.Point(36.33, 35.135)) == used
        assert found.settings["suspects"] == suspects
    assert found.areas["area_km2"].tolist() == pytest.approx(clean.areas["area_km2"].tolist(), rel=1e-9)


def test_two_neighbours_that_agree_are_an_enclave_and_no_error():
    table = grid(flip=45)
    table.loc[44, "party"] = "west"
    found = control.from_settlements(table, within=shapely.box(35.9, 34.9, 36.5, 35.4))
    assert not found.places["suspect"].any()


def test_one_per_cent_of_wrong_labels_spoils_the_line_and_screening_mends_it():
    rng = np.random.default_rng(5)
    xy = np.column_stack([rng.uniform(36, 37.5, 1200), rng.uniform(35, 36, 1200)])
    right = np.where(xy[:, 0] + 0.1 * np.sin(12 * xy[:, 1]) < 36.75, "west", "east").astype(object)
    wrong = right.copy()
    for at in rng.choice(1200, 12, replace=False):
        wrong[at] = "east" if right[at] == "west" else "west"
    theatre = shapely.box(36, 35, 37.5, 36)
    truth = control.from_settlements(placed(xy, right), within=theatre, contested_km=0).line("west")
    far = {}
    for suspects in ("use", "leave-out"):
        with pytest.warns(ControlWarning, match="contradicted by all 6"):
            found = control.from_settlements(placed(xy, wrong), within=theatre, contested_km=0, suspects=suspects)
        away = geodesy.distance(shapely.get_coordinates(found.line("west").geometry), truth.geometry)
        far[suspects] = np.mean(away > 10_000)
    assert far["use"] > 0.3
    assert far["leave-out"] < far["use"] / 2


def test_the_last_report_before_a_day_counts():
    xy = [(36.0, 35.0), (36.2, 35.0), (36.1, 35.0), (36.1, 35.0)]
    table = placed(xy, ["one", "other", "one", "other"], date=[None, None, "2018-01-10", "2018-06-01"])
    theatre = shapely.box(35.9, 34.9, 36.3, 35.1)
    held = {}
    for day in (dt.date(2018, 1, 31), dt.date(2018, 6, 1), None):
        found = control.from_settlements(table, within=theatre, on=day)
        held[day] = [party for party in found.parties if found.area(party).contains(shapely.Point(36.1, 35.0))]
        assert len(found.places) == 3
    assert [*held.values()] == [["one"], ["other"], ["other"]]
    assert control.from_settlements(table, within=theatre, on=dt.date(2018, 3, 1)).drawn == dt.date(2018, 3, 1)
    assert control.from_settlements(table, within=theatre).drawn == dt.date(2018, 6, 1)
    early = control.from_settlements(table, within=theatre, on=dt.date(2017, 1, 1))
    assert len(early.places) == 2, "a report of a later day is not known yet; one without a day is"


# ------------------------------------------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        (lambda t: t.rename(columns={"party": "Partie"}), InputError, r"no column 'party' .is it 'Partie'"),
        (lambda t: t.assign(party="one"), PartyError, "all 49 settlements are held by 'one'"),
        (lambda t: t.assign(date="soon"), InputError, "'soon' is no date"),
        (lambda t: t.set_crs(None, allow_override=True), InputError, "no CRS"),
        (lambda t: t.assign(party=None), InputError, "no settlement has a known holder"),
        (lambda t: t.set_geometry(shapely.buffer(t.geometry.array, 0.1)), GeometryError, "a point is due"),
        (
            lambda t: pd.concat([t, t.iloc[[3]].assign(party="east")]),
            InputError,
            "place 3 is held by east and by west on one place: give dates",
        ),
    ],
)
@pytest.mark.filterwarnings("ignore::dmz.errors.ControlWarning")
def test_a_table_that_cannot_be_used_is_refused_with_the_way_out(change, error, said):
    with pytest.raises(error, match=said):
        control.from_settlements(change(grid()))


def test_radii_and_words_that_make_no_sense_are_refused_together():
    with pytest.raises(InputError) as caught:
        control.from_settlements(grid(), suspects="drop", contested_km=-1, no_data_km=0)
    assert len(caught.value.faults) == 3
    with pytest.raises(GeometryError, match="no settlement is within 35 km of the theatre, the nearest is"):
        control.from_settlements(grid(), within=shapely.box(10, 50, 11, 51))
    with pytest.raises(InputError, match="areas around a pole are not drawn"):
        control.from_settlements(placed([(0, 89), (90, 89)], ["a", "b"]))
    with pytest.raises(InputError, match="the theatre has no ground"):
        control.from_settlements(grid(), within=shapely.Polygon())


def test_parties_that_are_not_there_are_named_with_those_that_are(scattered):
    found = scattered[2]
    with pytest.raises(PartyError, match=r"'nort' holds no ground .is it 'north'"):
        found.line("nort", "south")
    with pytest.raises(PartyError, match=r"more than one party touches north.*north and south"):
        found.line("north")
    with pytest.raises(PartyError, match="both sides"):
        found.line("north", "north")


def test_settlements_without_a_holder_say_nothing_and_a_warning_says_so():
    table = grid()
    table.loc[[0, 1], "party"] = None
    with pytest.warns(ControlWarning, match="2 of 49 settlements have no known holder"):
        found = control.from_settlements(table)
    assert len(found.places) == 47


def test_a_file_without_the_party_offers_the_nearest_column(tmp_path):
    path = tmp_path / "towns.csv"
    path.write_text("name,lat,lon,partei\nAin,35.05,36.05,A\nBir,35.1,36.05,B\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"no column 'party' .is it 'partei'"):
        control.read_settlements(path)
    table = control.read_settlements(path, hints=dmz.intake.Hints(columns={"party": "partei"}), parties={"A": "alpha"})
    assert table["party"].tolist() == ["alpha", "B"]
    with pytest.raises(InputError, match="no settlement is held by 'C'; there are A, B"):
        control.read_settlements(path, hints=dmz.intake.Hints(columns={"party": "partei"}), parties={"C": "x"})


# ------------------------------------------------------------------------------------------------- Idlib


def test_the_idlib_settlements_are_those_of_the_facts():
    facts = pd.read_csv(shared("facts/settlements_control_2018-09.csv"))
    kept = pd.read_csv(IDLIB / "control.csv")
    assert kept["name"].tolist() == facts["name"].tolist()
    assert kept[["lat", "lon"]].to_numpy() == pytest.approx(facts[["lat", "lon"]].to_numpy())
    letters = facts["control_sep2018(R=opposition,G=government)"].map({"R": "opposition", "G": "government"})
    assert kept["party"].tolist() == letters.tolist()


def test_the_drawn_line_passes_within_h_of_the_derived_one_everywhere(idlib):
    _, derived, line, drawn = idlib
    assert len(control.misses(drawn, line, derived)) == 0
    some = slice(None, None, 8)
    xy = shapely.get_coordinates(line.geometry)[some]
    away = away_km(xy, shapely.get_coordinates(geodesy.densify(drawn.geometry, 100))).min(axis=1)
    assert (away <= line.uncertainty_m[some] / 1000 + 0.05).all()


def test_the_distance_of_the_drawn_line_from_the_derived_one_is_that_of_brute_force(idlib):
    places, _, line, drawn = idlib
    found = control.offsets(drawn, line, sectors=places)
    some = found.iloc[::25]
    xy = shapely.get_coordinates(geodesy.interpolate(drawn.geometry, 1000 * some["at_km"].to_numpy()))
    dense = shapely.get_coordinates(geodesy.densify(line.geometry, 50))
    assert some["distance_km"].to_numpy() == pytest.approx(away_km(xy, dense).min(axis=1), abs=0.03)
    table = control.summary(found).set_index("sector")
    assert table.index.tolist() == ["Latakia", "Ghab", "N Hama", "E Idlib", "S Aleppo", "W Aleppo", "all"]
    assert table.loc["all", "median_km"] == pytest.approx(np.median(found["distance_km"]))
    assert table.loc["all", "median_km"] < 1
    assert table.loc["all", "p90_km"] < 3.5
    assert table.loc["W Aleppo", "median_km"] == table["median_km"].max(), "few settlements are labelled in Aleppo"
    assert 0.4 < table.loc["all", "rms_h"] < 0.6, "sigma = h / 2"
    assert table["km"].sum() == pytest.approx(2 * drawn.length_km, abs=1)


def test_where_the_drawn_line_strays_farther_than_h_the_reason_names_the_settlements(idlib):
    _, derived, line, drawn = idlib
    strays = control.strays(drawn, line, derived)
    assert 0 < len(strays) < 12
    assert (strays["farthest_km"] > strays["h_km"]).all()
    assert (strays["to_km"] - strays["from_km"]).sum() < 0.05 * drawn.length_km
    assert strays["why"].str.match(r".+ \(opposition\) is [\d.]+ km off, .+ \(government\) is [\d.]+ km off").all()


def test_a_wrong_label_is_why_the_drawn_line_is_not_within_h(idlib):
    places, _, _, drawn = idlib
    theatre = geodata.read(IDLIB / "theatre.geojson")
    turned = places.copy()
    at = turned.index[turned["name"] == "Kinsabba"][0]
    turned.loc[at, "party"] = "opposition"
    with pytest.warns(ControlWarning):
        derived = control.from_settlements(turned, within=theatre)
    misses = control.misses(drawn, derived.line(left="opposition"), derived)
    assert len(misses)
    assert misses["why"].str.contains(r"Kinsabba \(opposition\) lies 2\.\d km on government's side").all()


def test_settlements_kept_back_lie_on_the_side_derived_of_the_others(idlib):
    places = idlib[0]
    theatre = geodata.read(IDLIB / "theatre.geojson")
    with pytest.warns(ControlWarning):
        found = control.from_settlements(places[places["used_for"] == "digitising"], within=theatre)
    kept_back = places[places["used_for"] != "digitising"]
    right = [found.area(row.party).intersects(row.geometry) for row in kept_back.itertuples()]
    assert np.mean(right) > 0.9
    assert len(right) == 72


def test_an_independent_sample_of_labels_gives_the_same_front_where_it_had_not_moved(idlib):
    """Labels of August 2017: east Idlib, the enclaves and the Rastan pocket changed hands until September 2018."""
    places, derived, _, drawn = idlib
    sample = gpd.read_file(shared("geodata/reference/gh_wikipedia_control_2017-08_sample.geojson"))
    words = {"gov": "government", "opp": "opposition", "JaN": "opposition", "opp+JaN": "opposition"}
    sample["party"] = sample["owner"].map(words)
    sample = sample[sample["party"].notna() & ~sample["name"].str.contains("enclave|pocket")]
    xy = shapely.get_coordinates(sample.geometry.array)
    which, _ = geodesy.nearest_points(xy, shapely.get_coordinates(places.geometry.array))
    sample = sample[places["sector"].iloc[which].isin(STILL).to_numpy()]
    right = [derived.area(row.party).intersects(row.geometry) for row in sample.itertuples()]
    assert len(right) > 70
    assert np.mean(right) > 0.97
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ControlWarning)
        other = control.from_settlements(sample, within=geodata.read(IDLIB / "theatre.geojson"))
    table = control.summary(control.offsets(drawn, other.line(left="opposition"), sectors=places))
    table = table[table["sector"].isin(STILL)]
    assert len(table) == 3
    assert (table["within_h_share"] > 0.9).all()
    assert (table["median_km"] < 2.5).all()


# ------------------------------------------------------------------------------------------------- written


def test_a_derived_line_is_written_and_read_again_with_h_at_every_vertex(idlib, tmp_path):
    _, derived, line, _ = idlib
    path = dmz.write_geojson(derived.table(line), tmp_path / "line.geojson")
    with pytest.warns(dmz.errors.GapWarning):
        again = read_line(path)
    assert again.parties == ("opposition", "government")
    assert again.drawn == dt.date(2018, 9, 17)
    assert again.length_km == pytest.approx(line.length_km, abs=1e-3)
    assert again.uncertainty_m == pytest.approx(line.uncertainty_m, abs=0.6)
    row = gpd.read_file(path).iloc[0]
    assert row["contested_km"] == 7
    assert row["no_data_km"] == 35
    assert row["suspects"] == "use"
    assert np.array(row["sigma_km"]) == pytest.approx(np.array(row["h_km"]) / 2, abs=6e-4)
    assert path.read_bytes() == dmz.write_geojson(derived.table(line), tmp_path / "line.geojson").read_bytes()


def test_the_line_carries_all_areas_so_that_a_zone_takes_no_third_partys_ground(scattered):
    found = scattered[2]
    laid = dmz.zones(found.line("west", "south"), depth_km=8)
    assert {*laid["party"]} == {"west", "south"}
    assert shapely.intersection(laid.union_all(), found.area("north")).area == pytest.approx(0, abs=1e-9)


def test_the_table_of_a_line_without_uncertainty_says_nothing_of_it(front):
    assert "uncertainty_km" not in line_table(front)
