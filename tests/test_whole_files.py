"""Files are written whole or not at all: full disk, killed process, file open elsewhere, many writers at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from conftest import ROOT

from dmz import files
from dmz.errors import OutputError
from dmz.files import write_whole

OLD, NEW = "old" * 1000, "new" * 1000


def started(code: str, *arguments: object) -> subprocess.Popen:
    command = [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def left(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.fixture
def folder(tmp_path):
    """A folder with good files of before."""
    for name in ("a.geojson", "b.gpkg", "c.html"):
        (tmp_path / name).write_text(OLD)
    return tmp_path


def test_a_full_disk_keeps_every_good_file(folder):
    """The kernel itself refuses the bytes past a limit, as it does on a full disk."""
    code = """
        import resource, signal, sys
        from pathlib import Path
        from dmz.errors import OutputError
        from dmz.files import write_whole
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
        folder = Path(sys.argv[1])
        try:
            write_whole({folder / "a.geojson": "new" * 1000, folder / "b.gpkg": b"x" * 20_000, folder / "c.html": "n"})
        except OutputError as error:
            print(error)
            sys.exit(3)
    """
    process = started(code, folder)
    said, trouble = process.communicate(timeout=120)
    assert process.returncode == 3, trouble
    assert "cannot be written" in said
    assert {path.read_text() for path in folder.iterdir()} == {OLD}
    assert left(folder) == {"a.geojson", "b.gpkg", "c.html"}


@pytest.mark.skipif(sys.platform != "linux", reason="/dev/full is of Linux")
def test_a_device_without_room_is_an_error_that_names_the_file(tmp_path, monkeypatch):
    real = os.fdopen

    def full(handle, mode):
        os.close(handle)
        return real(os.open("/dev/full", os.O_WRONLY), mode)

    monkeypatch.setattr(os, "fdopen", full)
    (tmp_path / "x.gpkg").write_text(OLD)
    with pytest.raises(OutputError, match="No space left on device"):
        write_whole({tmp_path / "x.gpkg": NEW})
    assert (tmp_path / "x.gpkg").read_text() == OLD
    assert left(tmp_path) == {"x.gpkg"}


@pytest.mark.parametrize("after", [0.0, 0.02, 0.05, 0.1])
def test_a_killed_process_leaves_every_file_old_or_new_and_never_half(folder, after):
    code = """
        import sys
        from pathlib import Path
        from dmz.files import write_whole
        folder = Path(sys.argv[1])
        print("ready", flush=True)
        while True:
            write_whole({folder / name: "new" * 1000 for name in ("a.geojson", "b.gpkg", "c.html")})
    """
    process = started(code, folder)
    assert process.stdout.readline() == "ready\n"
    time.sleep(after)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)
    for name in ("a.geojson", "b.gpkg", "c.html"):
        assert (folder / name).read_text() in {OLD, NEW}
    assert all(
        name.startswith(".") and name.endswith(".tmp") for name in left(folder) - {"a.geojson", "b.gpkg", "c.html"}
    )


def test_a_reader_who_has_the_file_open_keeps_what_he_reads(folder):
    """As QGIS with the project open: it goes on reading the old file, and the next time it opens the new one."""
    with (folder / "b.gpkg").open() as open_elsewhere:
        assert open_elsewhere.read(3) == "old"
        write_whole({folder / "b.gpkg": NEW})
        assert open_elsewhere.read() == OLD[3:]
    assert (folder / "b.gpkg").read_text() == NEW


def test_a_file_that_may_not_be_replaced_is_an_error_and_nothing_is_lost(folder, monkeypatch):
    """As on Windows where another program has it open: the replacing itself is refused."""
    real = Path.replace

    def refused(self, target):
        if Path(target).name == "b.gpkg":
            raise PermissionError(13, "The process cannot access the file because it is in use", str(target))
        return real(self, target)

    monkeypatch.setattr(Path, "replace", refused)
    with pytest.raises(OutputError, match=r"b\.gpkg: cannot be written .*in use"):
        write_whole({folder / "a.geojson": NEW, folder / "b.gpkg": NEW, folder / "c.html": NEW})
    for name in ("a.geojson", "b.gpkg", "c.html"):
        assert (folder / name).read_text() == OLD, "what was replaced before it is put back"
    assert left(folder) == {"a.geojson", "b.gpkg", "c.html"}


def test_what_was_not_there_before_a_failed_write_is_not_there_after_it(folder, monkeypatch):
    (folder / "a.geojson").unlink()
    real = Path.replace
    monkeypatch.setattr(Path, "replace", lambda self, to: real(self, to) if Path(to).name != "b.gpkg" else fail(to))
    with pytest.raises(OutputError):
        write_whole({folder / "a.geojson": NEW, folder / "b.gpkg": NEW})
    assert left(folder) == {"b.gpkg", "c.html"}
    assert (folder / "b.gpkg").read_text() == OLD


def fail(path):
    raise PermissionError(13, "in use", str(path))


def test_a_disk_without_second_names_loses_no_file_all_the_same(folder, monkeypatch):
    """As on a memory stick: what was replaced stays new, and whole."""
    monkeypatch.setattr(os, "link", lambda *_: fail("link"))
    real = Path.replace
    monkeypatch.setattr(Path, "replace", lambda self, to: real(self, to) if Path(to).name != "b.gpkg" else fail(to))
    with pytest.raises(OutputError):
        write_whole({folder / "a.geojson": NEW, folder / "b.gpkg": NEW})
    assert {name: (folder / name).read_text() for name in ("a.geojson", "b.gpkg")} == {"a.geojson": NEW, "b.gpkg": OLD}
    assert left(folder) == {"a.geojson", "b.gpkg", "c.html"}


def test_writers_at_once_leave_whole_files(folder):
    code = """
        import sys
        from pathlib import Path
        from dmz.files import write_whole
        for _ in range(30):
            write_whole({Path(sys.argv[1]) / name: sys.argv[2] * 5000 for name in ("a.geojson", "b.gpkg")})
    """
    processes = [started(code, folder, letter) for letter in "xyz"]
    for process in processes:
        _, trouble = process.communicate(timeout=120)
        assert process.returncode == 0, trouble
    for name in ("a.geojson", "b.gpkg"):
        text = (folder / name).read_text()
        assert text in {letter * 5000 for letter in "xyz"}
    assert left(folder) == {"a.geojson", "b.gpkg", "c.html"}


def test_a_link_is_replaced_and_what_it_points_to_is_not(folder):
    """Where the target is a link, the link gives way; nothing outside the folder is written."""
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "kept").write_text(OLD)
    (folder / "a.geojson").unlink()
    (folder / "a.geojson").symlink_to(elsewhere / "kept")
    write_whole({folder / "a.geojson": NEW})
    assert (elsewhere / "kept").read_text() == OLD
    assert (folder / "a.geojson").read_text() == NEW


def test_what_a_killed_writer_left_is_swept_by_the_next_but_not_what_is_being_written(folder, monkeypatch):
    monkeypatch.setattr(files, "ORPHAN_S", 0.5)
    (folder / ".b.gpkg.old.tmp").write_text("half")
    time.sleep(0.6)
    (folder / ".b.gpkg.new.tmp").write_text("another writer's")
    write_whole({folder / "b.gpkg": NEW})
    assert left(folder) == {"a.geojson", "b.gpkg", "c.html", ".b.gpkg.new.tmp"}
