"""The same kernel on a Dask cluster, in Spark, Ray and DuckDB: the same answers, and a cluster may go away."""

from __future__ import annotations

import os
import signal
import sys

import dask_geopandas
import distributed
import duckdb
import pandas as pd
import pyarrow as pa
import pytest
from test_locating_files import cloud, read, zones_of

import dmz
from dmz.errors import ClusterError, InputError
from dmz.locating import cluster
from dmz.locating.arrow import Where
from dmz.locating.asking import kernel_of
from dmz.locating.engines import RayMap, SparkMap, duckdb_function
from dmz.locating.runs import Settings

pytestmark = pytest.mark.filterwarnings("default")  # those of the engines are not ours


@pytest.fixture(scope="module")
def kernel(front):
    return kernel_of(dmz.zones(front, depth_km=(15, 20)))


@pytest.fixture(scope="module")
def scheduler():
    """A cluster of two worker processes, each minded by a nanny that starts it anew."""
    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None, "silence_logs": 50}
    with distributed.LocalCluster(processes=True, **options) as here:
        yield here.scheduler_address


def expected(kernel, points) -> list:
    found = dmz.locate(points, kernel)["zone"].astype(object)
    return found.where(found.notna(), None).tolist()


def parts_in(tmp_path, count: int, rows: int):
    source = tmp_path / "in"
    source.mkdir()
    for number in range(count):
        cloud(rows, seed=number).to_parquet(source / f"p{number:02d}.parquet")
    return source


def test_a_folder_on_a_cluster_by_its_address(tmp_path, scheduler, kernel):
    source = parts_in(tmp_path, 5, 400)
    run = dmz.locate(source, kernel, out=tmp_path / "out", client=scheduler)
    assert (run.points, run.kept, run.failed) == (2_000, 0, ())
    for number in range(5):
        made = read(tmp_path / "out" / f"p{number:02d}.parquet")
        assert zones_of(made) == expected(kernel, cloud(400, seed=number))
    assert dmz.locate(source, kernel, out=tmp_path / "out", client=scheduler).kept == 5


def test_workers_that_are_killed_lose_nothing_and_do_nothing_twice(tmp_path, scheduler, kernel):
    source = parts_in(tmp_path, 12, 30_000)
    with distributed.Client(scheduler, set_as_default=False) as client:
        killed: list[int] = []

        def kill(done, _of):
            if done in {2, 5}:
                pids = client.run(os.getpid)
                os.kill(pid := next(iter(pids.values())), signal.SIGKILL)
                killed.append(pid)

        settings = Settings(progress=kill)
        run = dmz.locate(source, kernel, out=tmp_path / "out", client=client, settings=settings)
    assert len(killed) == 2
    assert (run.points, run.failed) == (360_000, ())
    made = pd.concat([read(path) for path in sorted((tmp_path / "out").glob("*.parquet"))])
    assert made["n"].tolist() == [n + 1000 * seed for seed in range(12) for n in range(30_000)]
    dmz.locate(source, kernel, out=tmp_path / "out")
    assert not [*tmp_path.rglob("*.tmp")]


def test_a_cluster_that_is_not_there():
    with pytest.raises(ClusterError, match=r"127.0.0.1:9: no Dask scheduler answers"):
        cluster.connected("tcp://127.0.0.1:9", timeout_s=1)


@pytest.mark.parametrize("gone", ["client", "scheduler"])
def test_a_cluster_that_goes_away_leaves_what_is_done(tmp_path, kernel, gone):
    source = parts_in(tmp_path, 8, 20_000)
    options = {"n_workers": 1, "threads_per_worker": 1, "dashboard_address": None, "silence_logs": 50}
    with distributed.LocalCluster(processes=False, **options) as here:
        client = distributed.Client(here, set_as_default=False)

        def leave(done, _of):
            if done == 2:
                (client if gone == "client" else here).close(timeout=1)

        settings = Settings(progress=leave)
        with pytest.raises(ClusterError, match="run it again to go on"):
            dmz.locate(source, kernel, out=tmp_path / "out", client=client, settings=settings)
    run = dmz.locate(source, kernel, out=tmp_path / "out")
    assert run.kept >= 2
    assert run.points == 160_000


def test_a_dask_geopandas_frame_stays_lazy(kernel):
    points = cloud(2_000)
    frame = dask_geopandas.from_geopandas(points, npartitions=4)
    found = dmz.locate(frame, kernel)
    assert isinstance(found, dask_geopandas.GeoDataFrame)
    made = found.compute(scheduler="synchronous")
    assert zones_of(made) == expected(kernel, points)
    assert [*found.columns] == [*made.columns]


def test_duckdb_asks_in_sql(kernel, front):
    points = cloud(3_000)
    table = pa.table({"n": points["n"], "lon": points.geometry.x, "lat": points.geometry.y})
    connection = duckdb.connect()
    connection.register("events", table)
    duckdb_function(connection, kernel)
    rows = connection.execute("SELECT n, dmz_locate(lon, lat).zone AS zone FROM events ORDER BY n").fetchall()
    assert [zone for _, zone in rows] == expected(kernel, points)
    assert connection.execute("SELECT dmz_locate(NULL, 35.4).reading").fetchone() == (None,)
    both = pd.concat([dmz.zones(front, depth_km=15, reading=reading) for reading in ("each-side", "total-width")])
    with pytest.raises(InputError, match="2 readings"):
        duckdb_function(connection, kernel_of(both), "other")


def test_spark_maps_in_arrow(kernel, monkeypatch):
    sql = pytest.importorskip("pyspark.sql", reason="pyspark is not installed: 400 MB and a Java")
    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)
    points = cloud(500)
    spark = sql.SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
    try:
        table = pd.DataFrame({"n": points["n"], "lon": points.geometry.x, "lat": points.geometry.y})
        frame = spark.createDataFrame([*map(list, table.to_numpy().tolist())], "n double, lon double, lat double")
        ask = SparkMap(kernel, Where(lon="lon", lat="lat"))
        made = pd.DataFrame(
            frame.mapInArrow(ask, ask.schema("n double, lon double, lat double")).collect(),
            columns=["n", "lon", "lat", *kernel.columns],
        ).sort_values("n")
    finally:
        spark.stop()
    assert zones_of(made) == expected(kernel, points)


def test_ray_maps_batches(kernel):
    ray = pytest.importorskip("ray", reason="ray is not installed: 70 MB and a cluster of its own")
    data = pytest.importorskip("ray.data")
    points = cloud(500)
    table = pa.table({"n": points["n"], "lon": points.geometry.x, "lat": points.geometry.y})
    ray.init(num_cpus=1, include_dashboard=False, log_to_driver=False)
    try:
        made = data.from_arrow(table).map_batches(RayMap(kernel, Where(lon="lon", lat="lat")), batch_format="pyarrow")
        frame = pd.DataFrame(made.take_all()).sort_values("n")
    finally:
        ray.shutdown()
    assert zones_of(frame) == expected(kernel, points)


def test_ray_and_spark_functions_answer_without_their_engine(kernel):
    points = cloud(300)
    table = pa.table({"n": points["n"], "lon": points.geometry.x, "lat": points.geometry.y})
    where = Where(lon="lon", lat="lat")
    of_ray = RayMap(kernel, where)(table)
    of_spark = pa.Table.from_batches(SparkMap(kernel, where)(table.to_batches(max_chunksize=100)))
    for made in (of_ray, of_spark):
        assert made.schema.field("zone").type == pa.string()
        assert zones_of(made.to_pandas()) == expected(kernel, points)
    assert (
        SparkMap(kernel, where).schema("n long")
        == "n long, `zone` string, `reading` string, `party` string, `band` string"
    )
