"""Files of points: every row once, whole or not at all, and a run that was killed goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
import shapely

import dmz
from dmz.cli.shell import main
from dmz.errors import CRSError, InputError, MissingInputError, OutputError
from dmz.locating import arrow, parts, pool
from dmz.locating.asking import kernel_of
from dmz.locating.runs import Settings
from dmz.locating.sources import Part, opened, where_of


@pytest.fixture(scope="module")
def belts(front):
    return dmz.zones(front, depth_km=(15, 20))


@pytest.fixture(scope="module")
def kernel(belts):
    return kernel_of(belts)


def cloud(count: int, seed: int = 0) -> gpd.GeoDataFrame:
    rng = np.random.default_rng(seed)
    xy = rng.uniform((35.7, 35.2), (36.8, 35.8), (count, 2))
    return gpd.GeoDataFrame(
        {"n": np.arange(count) + 1000 * seed, "code": "007"}, geometry=gpd.points_from_xy(*xy.T), crs=4326
    )


def answers(kernel, points: gpd.GeoDataFrame) -> list:
    found = dmz.locate(points, kernel)["zone"].astype(object)
    return found.where(found.notna(), None).tolist()


def read(path) -> pd.DataFrame:
    return gpd.read_parquet(path).sort_values("n")


def zones_of(table: pd.DataFrame) -> list:
    found = table["zone"].astype(object)
    return found.where(found.notna(), None).tolist()


# One file


def test_a_geoparquet_file_keeps_its_columns_its_metadata_and_every_row(tmp_path, kernel):
    points = cloud(5_000)
    points.to_parquet(tmp_path / "in.parquet", row_group_size=1_000)
    run = dmz.locate(tmp_path / "in.parquet", kernel, out=tmp_path / "out.parquet")
    out = read(tmp_path / "out.parquet")
    assert out.drop(columns=["zone", "reading", "party", "band"]).equals(points)
    assert zones_of(out) == answers(kernel, points)
    assert out.crs == points.crs
    assert (run.points, run.unplaced, run.parts, run.failed) == (5_000, 0, 1, ())
    before, after = (pq.read_schema(tmp_path / name).metadata[b"geo"] for name in ("in.parquet", "out.parquet"))
    assert before == after
    counts = pd.Series(zones_of(out)).value_counts()
    assert run.counts.dropna().set_index("zone")["points"].to_dict() == counts.to_dict()
    assert run.counts["points"].sum() == 5_000
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.parquet", "out.parquet"], "nothing is left lying"


@pytest.mark.parametrize("cores", [1, 2])
def test_a_file_in_parts_is_put_together_in_order(tmp_path, kernel, cores):
    points = cloud(4_000)
    points.to_parquet(tmp_path / "in.parquet", row_group_size=500)
    run = dmz.locate(
        tmp_path / "in.parquet", kernel, out=tmp_path / "out.parquet", settings=Settings(cores=cores, part_rows=1_000)
    )
    assert run.parts == 4
    out = gpd.read_parquet(tmp_path / "out.parquet")
    assert out["n"].tolist() == points["n"].tolist()
    assert zones_of(out) == answers(kernel, points)


def test_the_same_bytes_twice_whatever_the_cores(tmp_path, kernel):
    cloud(4_000).to_parquet(tmp_path / "in.parquet", row_group_size=500)
    made = []
    for cores in (1, 2):
        out = tmp_path / f"out-{cores}.parquet"
        dmz.locate(tmp_path / "in.parquet", kernel, out=out, settings=Settings(cores=cores, part_rows=1_000))
        made.append(out.read_bytes())
    assert made[0] == made[1]


def test_csv_keeps_its_texts_and_finds_its_columns(tmp_path, kernel):
    points = cloud(300)
    xy = shapely.get_coordinates(points.geometry.to_numpy())
    table = pd.DataFrame({"code": points["code"], "Latitude": xy[:, 1], "Long": xy[:, 0], "note": 'a; "b"\nc'})
    table.loc[0, "Latitude"] = np.nan
    table.to_csv(tmp_path / "in.csv", index=False)
    run = dmz.locate(tmp_path / "in.csv", kernel, out=tmp_path / "out.csv")
    out = pd.read_csv(tmp_path / "out.csv", dtype=str)
    assert out["code"].eq("007").all()
    assert out["note"].eq('a; "b"\nc').all()
    assert zones_of(out)[1:] == answers(kernel, points)[1:]
    assert pd.isna(out.loc[0, "reading"])
    assert run.unplaced == 1


def test_semicolons_a_mark_and_words_for_numbers(tmp_path, kernel):
    (tmp_path / "in.csv").write_text("\ufeffid;lon;lat\n1;36.2;35.47\n2;none;35.4\n3; 36.2 ;95\n", encoding="utf-8")
    run = dmz.locate(tmp_path / "in.csv", kernel, out=tmp_path / "out.parquet")
    out = pq.read_table(tmp_path / "out.parquet").to_pandas()
    assert out["lon"].tolist() == ["36.2", "none", " 36.2 "]
    assert out["band"].notna().tolist() == [True, False, False]
    assert (run.points, run.unplaced) == (3, 2)


def test_flatgeobuf_becomes_geoparquet(tmp_path, kernel):
    points = cloud(300)
    points.to_file(tmp_path / "in.fgb", SPATIAL_INDEX="NO")
    dmz.locate(tmp_path / "in.fgb", kernel, out=tmp_path / "out.parquet")
    out = read(tmp_path / "out.parquet")
    assert zones_of(out) == answers(kernel, points)
    assert out.crs.equals("EPSG:4326", ignore_axis_order=True)


def test_without_out_only_positions_are_read_and_counted(tmp_path, kernel):
    points = cloud(3_000)
    points.to_parquet(tmp_path / "in.parquet")
    run = dmz.locate(tmp_path / "in.parquet", kernel)
    assert run.out is None
    counts = pd.Series(answers(kernel, points)).value_counts()
    assert run.counts.dropna().set_index("zone")["points"].to_dict() == counts.to_dict()
    assert [path.name for path in tmp_path.iterdir()] == ["in.parquet"]


def test_row_groups_in_one_zone_are_known_from_the_footer(tmp_path, kernel):
    rng = np.random.default_rng(2)
    far, near = rng.uniform((30, 30), (31, 31), (1_000, 2)), rng.uniform((36.1, 35.3), (36.3, 35.6), (1_000, 2))
    xy = np.concatenate([far, near])
    table = pa.table({"lon": xy[:, 0], "lat": xy[:, 1]})
    pq.write_table(table, tmp_path / "in.parquet", row_group_size=1_000)
    trusting = Settings(cores=1, trust_bounds=True)
    assert dmz.locate(tmp_path / "in.parquet", kernel).skipped == 0, "a footer does not tell of what is no number"
    run = dmz.locate(tmp_path / "in.parquet", kernel, settings=trusting)
    assert run.skipped == 1
    expected = dmz.locate(xy, kernel)["zone"].value_counts()
    assert run.counts.dropna().set_index("zone")["points"].to_dict() == expected.to_dict()
    points = gpd.GeoDataFrame({"n": range(2_000)}, geometry=gpd.points_from_xy(*xy.T), crs=4326)
    points.to_parquet(tmp_path / "bbox.parquet", row_group_size=1_000, write_covering_bbox=True)
    assert dmz.locate(tmp_path / "bbox.parquet", kernel, settings=trusting).skipped == 1


@pytest.mark.parametrize("encoding", ["WKB", "geoarrow"])
def test_positions_in_any_encoding(tmp_path, encoding, kernel):
    points = cloud(200)
    points.loc[5, "geometry"] = None
    points.to_parquet(tmp_path / "in.parquet", geometry_encoding=encoding)
    dmz.locate(tmp_path / "in.parquet", kernel, out=tmp_path / "out.parquet")
    out = pq.read_table(tmp_path / "out.parquet").to_pandas()
    expected = answers(kernel, points.drop(index=5))
    assert zones_of(out.drop(index=5)) == expected
    assert pd.isna(out.loc[5, "reading"])


def test_points_are_read_from_wkb_by_stride_as_geos_reads_them():
    points = cloud(100).geometry.to_numpy()
    for made, fast in (
        (shapely.to_wkb(points), True),
        (shapely.to_wkb(shapely.force_3d(points, 5.0), flavor="iso"), True),
        (shapely.to_wkb(shapely.force_3d(points, 5.0), flavor="extended"), True),
        (shapely.to_wkb(points, byte_order=0), False),
        (shapely.to_wkb(shapely.set_srid(points, 4326), include_srid=True), False),
    ):
        for kind in (pa.binary(), pa.large_binary()):
            column = pa.array([None, *made[:50], None, *made[50:]], kind)
            x, y = arrow.positions(column)
            assert np.isnan(x[[0, 51]]).all()
            assert (x[~np.isnan(x)] == shapely.get_x(points)).all()
            assert (y[~np.isnan(y)] == shapely.get_y(points)).all()
            part = arrow.positions(column.slice(60, 20))
            assert (part[0] == x[60:80]).all()
            assert (arrow._of_points(column) is not None) == fast


def test_footprints_by_share(tmp_path, belts):
    points = cloud(400)
    points.geometry = shapely.buffer(points.geometry.to_numpy(), 0.002, quad_segs=1)
    points.to_parquet(tmp_path / "in.parquet")
    run = dmz.locate(tmp_path / "in.parquet", belts, by="share", out=tmp_path / "out.parquet")
    out = gpd.read_parquet(tmp_path / "out.parquet")
    assert out.groupby("n")["share"].sum().to_numpy() == pytest.approx(1.0)
    assert run.points == 400
    assert len(out) > 400


def test_every_reading_has_a_row(tmp_path, front):
    zones = pd.concat([dmz.zones(front, depth_km=15, reading=reading) for reading in ("each-side", "total-width")])
    cloud(100).to_parquet(tmp_path / "in.parquet")
    dmz.locate(tmp_path / "in.parquet", zones, line=front, add=["distance_m"], out=tmp_path / "out.parquet")
    out = gpd.read_parquet(tmp_path / "out.parquet")
    assert len(out) == 200
    assert out["reading"].astype(str).tolist() == ["each-side", "total-width"] * 100
    assert out["distance_m"].notna().all()


# Folders


def folder(tmp_path, count: int = 4, rows: int = 500):
    source = tmp_path / "in"
    (source / "sub").mkdir(parents=True)
    for number in range(count):
        name = source / ("sub" if number % 2 else ".") / f"p{number}.parquet"
        cloud(rows, seed=number).to_parquet(name)
    return source


def test_a_folder_is_answered_file_by_file(tmp_path, kernel):
    source = folder(tmp_path)
    run = dmz.locate(source, kernel, out=tmp_path / "out")
    assert (run.points, run.parts) == (2_000, 4)
    for number in range(4):
        name = f"sub/p{number}.parquet" if number % 2 else f"p{number}.parquet"
        assert zones_of(read(tmp_path / "out" / name)) == answers(kernel, cloud(500, seed=number))
    assert len(pq.read_table(tmp_path / "out")) == 2_000, "a reader of folders sees the parts and nothing else"


def test_what_is_done_is_not_done_again(tmp_path, kernel):
    source, out = folder(tmp_path), tmp_path / "out"
    dmz.locate(source, kernel, out=out)
    stamps = {path: path.stat().st_mtime_ns for path in out.rglob("*.parquet")}
    (out / "sub" / "p1.parquet").unlink()
    cloud(700, seed=9).to_parquet(source / "p2.parquet")
    run = dmz.locate(source, kernel, out=out)
    assert (run.kept, run.points) == (2, 2_200)
    assert {p.name for p in stamps if p.stat().st_mtime_ns != stamps[p]} == {"p1.parquet", "p2.parquet"}
    assert dmz.locate(source, kernel, out=out).kept == 4


def test_other_zones_are_another_question(tmp_path, kernel, front):
    source, out = folder(tmp_path), tmp_path / "out"
    dmz.locate(source, kernel, out=out)
    run = dmz.locate(source, dmz.zones(front, depth_km=3), out=out)
    assert run.kept == 0
    assert set(gpd.read_parquet(out / "p0.parquet")["band"].dropna()) == {"core"}


def test_a_file_cut_short_is_not_taken_for_finished(tmp_path, kernel):
    source, out = folder(tmp_path), tmp_path / "out"
    dmz.locate(source, kernel, out=out)
    whole = (out / "p0.parquet").read_bytes()
    (out / "p0.parquet").write_bytes(whole[:-50])
    assert dmz.locate(source, kernel, out=out).kept == 3
    assert (out / "p0.parquet").read_bytes() == whole


def test_a_corrupt_part_is_named_and_the_rest_goes_on(tmp_path, kernel):
    source = folder(tmp_path)
    (source / "p0.parquet").write_bytes(b"PAR1 this is no Parquet PAR1")
    good = (source / "p2.parquet").read_bytes()
    (source / "p2.parquet").write_bytes(good[:300] + bytes(200) + good[500:])
    run = dmz.locate(source, kernel, out=tmp_path / "out")
    assert len(run.failed) == 2
    assert all(any(name in said for said in run.failed) for name in ("p0.parquet", "p2.parquet"))
    assert run.points == 1_000
    assert sorted(path.name for path in (tmp_path / "out").rglob("*.parquet")) == ["p1.parquet", "p3.parquet"]
    (source / "p2.parquet").write_bytes(good)
    assert dmz.locate(source, kernel, out=tmp_path / "out").points == 1_500


def test_an_empty_file_of_the_same_columns_is_a_part_like_any(tmp_path, kernel):
    source = folder(tmp_path, count=2)
    cloud(5).iloc[:0].to_parquet(source / "p0.parquet")
    run = dmz.locate(source, kernel, out=tmp_path / "out")
    assert (run.points, run.failed) == (500, ())
    assert [*gpd.read_parquet(tmp_path / "out" / "p0.parquet").columns][-4:] == ["zone", "reading", "party", "band"]


def test_schemas_that_differ_are_refused_each_named(tmp_path, kernel):
    source = folder(tmp_path)
    cloud(5).rename(columns={"code": "kode"}).to_parquet(source / "p2.parquet")
    cloud(5).astype({"n": float}).to_parquet(source / "sub" / "p3.parquet")
    with pytest.raises(InputError) as raised:
        dmz.locate(source, kernel, out=tmp_path / "out")
    assert len(raised.value.faults) == 2
    assert (
        "p2.parquet: its columns are not those of p0.parquet: it lacks code; it has kode more" in raised.value.faults[0]
    )
    assert "n is double, not int64" in raised.value.faults[1]
    assert not (tmp_path / "out").exists()


# What cannot be meant


def test_columns_that_are_not_there_are_offered(tmp_path, kernel):
    (tmp_path / "in.csv").write_text("id,longitud_e,latitud_e\n1,36,35\n", encoding="utf-8")
    with pytest.raises(InputError, match="longitude"):
        dmz.locate(tmp_path / "in.csv", kernel, settings=Settings(lon="longitude", lat="latitude"))
    with pytest.raises(InputError, match="longitud_e"):
        dmz.locate(tmp_path / "in.csv", kernel, settings=Settings(lon="longitud", lat="latitud_e"))


def test_what_is_not_there_or_is_no_table(tmp_path, kernel):
    with pytest.raises(MissingInputError, match="no such file"):
        dmz.locate(tmp_path / "in.parquet", kernel)
    (tmp_path / "nothing").mkdir()
    with pytest.raises(MissingInputError, match=r"no \.parquet"):
        dmz.locate(tmp_path / "nothing", kernel)
    (tmp_path / "in.parquet").write_bytes(b"")
    with pytest.raises(InputError, match="empty"):
        dmz.locate(tmp_path / "in.parquet", kernel)
    (tmp_path / "in.csv").write_bytes("\xe4,lon,lat\n1,36,35\n".encode("latin-1"))
    with pytest.raises(InputError, match="CSV UTF-8"):
        dmz.locate(tmp_path / "in.csv", kernel)
    (tmp_path / "in.csv").write_bytes(b"id,lon,lat\n" + b"1,36,35\n" * 2_000 + b"\xe4,36,35\n")
    (said,) = dmz.locate(tmp_path / "in.csv", kernel, out=tmp_path / "out.parquet").failed
    assert "in.csv: it cannot be read to its end" in said
    assert not (tmp_path / "out.parquet").exists()
    (tmp_path / "one.csv").write_text("lonlat\n36 35\n", encoding="utf-8")
    with pytest.raises(InputError, match="at least two columns"):
        dmz.locate(tmp_path / "one.csv", kernel)


def test_another_crs_is_refused(tmp_path, kernel):
    cloud(5).to_crs(32637).to_parquet(tmp_path / "utm.parquet")
    with pytest.raises(CRSError, match="UTM zone 37N"):
        dmz.locate(tmp_path / "utm.parquet", kernel)
    cloud(5).to_crs(32637).to_file(tmp_path / "utm.fgb")
    with pytest.raises(CRSError, match=r"UTM zone 37N|32637"):
        dmz.locate(tmp_path / "utm.fgb", kernel)


def test_inputs_are_not_written_over(tmp_path, kernel):
    source = folder(tmp_path)
    cloud(5).to_parquet(tmp_path / "in.parquet")
    for path, out, said in (
        (tmp_path / "in.parquet", tmp_path / "in.parquet", "lies in, what is read"),
        (source, source / "out", "lies in, what is read"),
        (tmp_path / "in.parquet", tmp_path / "out.gpkg", r"ends in \.parquet or \.csv"),
        (tmp_path / "in.parquet", source, "ends in"),
        (source, tmp_path / "in.parquet", "of a folder a folder is made"),
    ):
        with pytest.raises(InputError, match=said):
            dmz.locate(path, kernel, out=out)


def test_swapped_and_unplaced_rows_are_counted(tmp_path):
    shape = shapely.box(36, 10, 38, 12)
    zones = gpd.GeoDataFrame(
        {"zone": ["z"], "reading": ["r"], "party": ["p"], "band": ["core"]}, geometry=[shape], crs=4326
    )
    table = pa.table({"lon": [11.0, 10.5, np.nan, 11.2], "lat": [37.0, 36.5, 3.0, 95.0]})
    pq.write_table(table, tmp_path / "in.parquet")
    run = dmz.locate(tmp_path / "in.parquet", zones, out=tmp_path / "out.parquet")
    assert run.swapped
    assert run.unplaced == 2
    assert len(pq.read_table(tmp_path / "out.parquet")) == 4


# Runs that break off


def test_no_space_left_is_told_and_finished_parts_are_kept(tmp_path, kernel, monkeypatch):
    source, out = folder(tmp_path), tmp_path / "out"
    full = 2
    real = parts.Writer.close

    def close(self):
        nonlocal full
        full -= 1
        if full < 0:
            raise OSError(28, "No space left on device")
        real(self)

    monkeypatch.setattr(parts.Writer, "close", close)

    with pytest.raises(OutputError, match=r"No space left.*make room and run it again"):
        dmz.locate(source, kernel, out=out)
    assert len([*out.rglob("*.parquet")]) == 2
    assert not [*out.rglob("*.tmp")]
    monkeypatch.undo()
    assert dmz.locate(source, kernel, out=out).kept == 2


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only where there is a device that is always full")
def test_a_full_device_is_an_output_error():
    writer = parts.Writer(Path("/dev/full"), ".csv")

    def fill() -> None:
        with parts.told(Path("/dev/full")):
            writer.write(pa.record_batch({"a": pa.array(["x" * 100] * 400_000)}))
            writer.close()

    with pytest.raises(OutputError, match="make room"):
        fill()


def test_what_a_dead_run_left_is_swept_and_a_living_ones_is_not(tmp_path):
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    host = parts._host()
    (tmp_path / "sub").mkdir()
    left = tmp_path / "sub" / f".p0.parquet@{host}-{dead.pid}.3.tmp"
    mine = tmp_path / f".p1.parquet@{host}-{os.getpid()}.0.tmp"
    other = tmp_path / f".p1.parquet@elsewhere-{dead.pid}.0.tmp"
    for path in (left, mine, other):
        path.write_bytes(b"half")
    assert parts.sweep(tmp_path) == 1
    assert (left.exists(), mine.exists(), other.exists()) == (False, True, True)


KILLED = """
import sys, dmz
from dmz.locating.runs import Settings
dmz.locate(sys.argv[1], sys.argv[2], out=sys.argv[3], settings=Settings(cores=2, part_rows=20_000))
"""


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_a_run_killed_again_and_again_ends_as_if_it_had_not_been(tmp_path, belts, kind):
    """SIGKILL to the whole process group, at other moments each time; then once without."""
    points = pd.concat([cloud(20_000, seed) for seed in range(12)])
    if kind == "file":
        source, out = tmp_path / "in.parquet", tmp_path / "out.parquet"
        points.to_parquet(source, row_group_size=10_000)
    else:
        source, out = tmp_path / "in", tmp_path / "out"
        source.mkdir()
        for seed in range(12):
            cloud(20_000, seed).to_parquet(source / f"p{seed:02d}.parquet")
    dmz.write_geojson(belts, tmp_path / "zones.geojson")
    command = [sys.executable, "-c", KILLED, str(source), str(tmp_path / "zones.geojson"), str(out)]
    place = out if kind == "folder" else tmp_path / ".out.parquet.parts"
    killed = 0
    for wanted in (1, 4, 8):
        process = subprocess.Popen(command, start_new_session=True, stderr=subprocess.DEVNULL)
        while process.poll() is None and len([*place.rglob("*.json")]) < wanted:
            time.sleep(0.005)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            killed += 1
        process.wait()
        assert kind == "folder" or not out.exists() or killed < 1
    assert killed >= 2
    kept = len([*place.rglob("*.json")])
    run = dmz.locate(source, tmp_path / "zones.geojson", out=out, settings=Settings(cores=1, part_rows=20_000))
    assert run.kept >= kept > 0
    assert run.points == len(points)
    made = pd.concat([gpd.read_parquet(path) for path in ([out] if kind == "file" else sorted(out.glob("*.parquet")))])
    assert made["n"].tolist() == points["n"].tolist(), "every row once, in order"
    kernel = kernel_of(tmp_path / "zones.geojson")
    assert zones_of(made) == answers(kernel, points)
    assert not [*tmp_path.rglob("*.tmp")]


def test_a_worker_that_is_killed_is_started_anew(tmp_path, kernel):
    source = folder(tmp_path, count=6, rows=30_000)
    found = opened(source)
    where = where_of(found.schema, source, None, None)
    job = parts.Job(str(tmp_path / "out"), ".parquet", where)
    minded = pool._Pool(kernel, found.parts, job, 1)
    try:
        ends = [minded.next()]
        for worker in [*minded._workers.values()]:
            worker.send_signal(signal.SIGKILL)
        ends += [minded.next() for _ in range(5)]
    finally:
        minded.close()
    assert all(isinstance(end, parts.Done) for end in ends)
    assert sorted(end.name for end in ends) == sorted(part.name for part in found.parts)


def test_a_part_that_kills_every_worker_is_named(tmp_path, kernel, monkeypatch):
    part = Part("deadly.parquet", "deadly", None, (1, 1), 10_000_000)
    monkeypatch.setattr(sys, "executable", "/bin/false")
    (end,) = pool.run(kernel, [part], parts.Job(str(tmp_path), ".parquet", arrow.Where("geometry")), 1)
    assert isinstance(end, parts.Failed)
    assert "deadly.parquet: its worker ended 3 times" in end.reason


def test_progress_is_told(tmp_path, kernel):
    source, told = folder(tmp_path), []
    dmz.locate(
        source, kernel, out=tmp_path / "out", settings=Settings(cores=1, progress=lambda *step: told.append(step))
    )
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_a_stream_of_batches_is_answered_as_spark_asks_it(kernel):
    points = cloud(1_000)
    table = pa.table({"n": points["n"], "lon": points.geometry.x, "lat": points.geometry.y})
    made = arrow.batches(kernel, table.to_batches(max_chunksize=300), arrow.Where(lon="lon", lat="lat"))
    whole = pa.Table.from_batches(made)
    assert whole.schema.names == ["n", "lon", "lat", "zone", "reading", "party", "band"]
    assert zones_of(whole.to_pandas()) == answers(kernel, points)


def test_a_pyarrow_table_comes_back_as_one(kernel):
    points = cloud(100)
    table = pa.table({"lon": points.geometry.x, "lat": points.geometry.y})
    found = dmz.locate(table, kernel)
    assert zones_of(found.to_pandas()) == answers(kernel, points)


# On the command line


def said(capsys, *arguments) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of the command."""
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    out = capsys.readouterr()
    return int(ended.value.code or 0), out.out, out.err


def test_the_command_counts_and_writes(tmp_path, belts, capsys):
    dmz.write_geojson(belts, tmp_path / "zones.geojson")
    points = cloud(500)
    points.to_parquet(tmp_path / "in.parquet")
    code, out, err = said(capsys, "locate", tmp_path / "in.parquet", "--zones", tmp_path / "zones.geojson")
    assert code == 0
    assert "500 points read" in err
    kernel = kernel_of(tmp_path / "zones.geojson")
    for name, count in pd.Series(answers(kernel, points)).value_counts().items():
        assert any(name in line and line.endswith(f" {count}") for line in out.splitlines())
    target = tmp_path / "out.csv"
    code, _, _ = said(capsys, "locate", tmp_path / "in.parquet", "--zones", tmp_path / "zones.geojson", "-o", target)
    assert code == 0
    made = pd.read_csv(target)
    assert zones_of(made) == answers(kernel, points)
    assert (shapely.from_wkt(made["geometry"].to_numpy()) == points.geometry.to_numpy()).all(), "WKT, to the last bit"


def test_the_command_ends_with_1_where_a_part_was_not_read(tmp_path, belts, capsys):
    dmz.write_geojson(belts, tmp_path / "zones.geojson")
    source = folder(tmp_path, count=3)
    (source / "p2.parquet").write_bytes(b"no Parquet")
    code, _, err = said(capsys, "locate", source, "--zones", tmp_path / "zones.geojson", "-o", tmp_path / "out")
    assert code == 1
    assert "p2.parquet" in err
    assert "1,000 points read" in err
    code, _, err = said(capsys, "locate", source, "--zones", tmp_path / "zones.geojson", "--cores", "0")
    assert code == 2
    assert "--cores 0" in err
