"""Decide the cells of a raster once, and test exactly only the points in cells that a boundary runs through."""

from __future__ import annotations

import threading
import time
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.integer[Any]]
Shapes = NDArray[np.object_]

# Cells to a side, by how many points are asked for.
SIDES = ((1_000_000, 256), (10_000_000, 1024))
MOST_SIDE = 2048
# Points tested exactly before it is asked whether a raster would pay.
PROBE, WARM = 20_000, 64
# A raster is none for points that come from fewer cells to a side.
FEWEST_CELLS = 4
# What building a raster takes, seconds: a vertex, a row of cells, a cell. Only whether it pays hangs on it, no answer.
VERTEX_S, ROW_S, CELL_S = 2e-7, 2.5e-5, 2e-8
# How far beyond its cell a boundary is taken to reach, in cells: far more than rounding may move a point.
MARGIN = 1e-6
# Points that are looked up at a time: what is at work stays in the processor's cache.
CHUNK = 1 << 16
# In what state the cells that some boundary runs through are for one shape.
OUT, IN, TOUCHED = range(3)


def exactly(shapes: Shapes, x: Floats, y: Floats) -> NDArray[np.int16]:
    """Which of some polygons holds each point, borders included, by GEOS: 1 the first that does, 0 none.

    Parameters
    ----------
    shapes
        Polygons, prepared; where several hold a point, the first of them counts.
    x, y
        Shape (n,) each, in the plane of the polygons; what is no number lies in none.
    """
    codes = np.zeros(len(x), np.int16)
    left = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    for number, shape in enumerate(shapes, 1):
        held = shapely.intersects_xy(shape, x[left], y[left])
        codes[left[held]] = number
        left = left[~held]
    return codes


def coordinates(points: Shapes) -> tuple[Floats, Floats]:
    """Longitude and latitude of points; NaN where one is missing or empty."""
    try:
        return np.asarray(shapely.get_x(points)), np.asarray(shapely.get_y(points))
    except shapely.errors.GEOSException:  # of an empty one
        x, y = np.full((2, len(points)), np.nan)
        good = np.flatnonzero(~shapely.is_empty(points))
        x[good], y[good] = shapely.get_x(points[good]), shapely.get_y(points[good])
        return x, y


class Index:
    """Polygons made ready for points in any number: as they come, a finer raster is built.

    Parameters
    ----------
    shapes
        Valid polygons, the first to count first.

    Notes
    -----
    The answers are those of `exactly` to the last point: a cell is decided only where no boundary comes within `MARGIN`
    of it, by one exact test in each run of such cells; all other points are tested exactly. A raster is built once
    exact tests have taken, or would take, longer than building it.
    """

    def __init__(self, shapes: Shapes) -> None:
        self.shapes = np.asarray(shapes, dtype=object)
        shapely.prepare(self.shapes)
        self.bounds = tuple(shapely.total_bounds(self.shapes).tolist())
        self._vertices = int(shapely.get_num_coordinates(self.shapes).sum())
        self._seen, self._expected, self._spent_s = 0, 0, 0.0
        self._probe = np.array([[np.inf, np.inf], [-np.inf, -np.inf]])
        self._grid: Grid | None = None
        self._lock = threading.Lock()

    def codes(self, x: Floats, y: Floats) -> NDArray[np.int16]:
        """As `exactly`."""
        if self._grid is None:
            first = self._probed(x[:PROBE], y[:PROBE])
            if len(x) <= PROBE:
                return first
            return np.concatenate([first, self.codes_of_many(x[PROBE:], y[PROBE:])])
        return self.codes_of_many(x, y)

    def codes_of_many(self, x: Floats, y: Floats) -> NDArray[np.int16]:
        """As `codes`, by a raster if one pays."""
        grid = self._for(len(x))
        return self._probed(x, y) if grid is None else grid.codes(x, y)

    def expect(self, count: int) -> None:
        """Say that so many points will be asked for."""
        self._expected = max(self._expected, count)

    @property
    def grid(self) -> Grid | None:
        """The raster as it is, if one has been built."""
        return self._grid

    def _probed(self, x: Floats, y: Floats) -> NDArray[np.int16]:
        """Exact answers; what they took is kept, but for what GEOS makes ready at the first of them."""
        if not self._seen:
            exactly(self.shapes, x[:WARM], y[:WARM])
        start = time.thread_time()
        found = exactly(self.shapes, x, y)
        with self._lock:
            self._seen += len(x)
            step = max(1, len(x) // PROBE)
            self._reach(x[::step], y[::step])
            self._spent_s += time.thread_time() - start
        return found

    def _reach(self, x: Floats, y: Floats) -> None:
        """Keep how much of the ground of the polygons points have come from, as shares of its width and height."""
        west, south, east, north = self.bounds
        inside = (x >= west) & (x <= east) & (y >= south) & (y <= north)
        if inside.any():
            share = np.column_stack([(x[inside] - west) / (east - west), (y[inside] - south) / (north - south)])
            self._probe[0] = np.minimum(self._probe[0], share.min(axis=0))
            self._probe[1] = np.maximum(self._probe[1], share.max(axis=0))

    def _for(self, count: int) -> Grid | None:
        """Raster as fine as all points up to now are worth; none where it would not pay."""
        with self._lock:
            total = max(self._seen + count, self._expected)
            side = next((side for most, side in SIDES if total <= most), MOST_SIDE)
            if self._grid is None:
                if np.max(self._probe[1] - self._probe[0], initial=0.0) * side < FEWEST_CELLS:
                    return None
                point_s = self._spent_s / max(self._seen, 1)
                building_s = VERTEX_S * self._vertices + ROW_S * side + CELL_S * side * side
                if not len(self.shapes) or self._spent_s + point_s * (total - self._seen) < building_s:
                    return None
            else:
                self._seen += count
            if self._grid is None or self._grid.side < side:
                self._grid = Grid(self.shapes, side)
            return self._grid


class Grid:
    """A raster of `side` by `side` cells under polygons, and a ring of cells around it that no polygon reaches.

    Parameters
    ----------
    shapes
        Valid polygons, prepared, the first to count first.
    side
        Cells from west to east, and from south to north.
    """

    def __init__(self, shapes: Shapes, side: int) -> None:
        self.shapes, self.side = shapes, side
        west, south, east, north = shapely.total_bounds(shapes)
        cell_x, cell_y = (east - west) / (side - 1), (north - south) / (side - 1)
        self._x0, self._y0 = west - 1.5 * cell_x, south - 1.5 * cell_y  # the corner of the ring
        self._per_x, self._per_y = 1 / cell_x, 1 / cell_y
        self._wide = side + 2
        touched = [self._touched(shape) for shape in shapes]
        cells = np.unique(np.concatenate(touched))
        states = self._states(cells, touched)
        self._kinds, kind = np.unique(states, axis=0, return_inverse=True)
        self._first_kind = len(shapes) + 1
        highest = self._first_kind + len(self._kinds)
        self._cells: Codes = self._filled(cells).astype(np.uint8 if highest <= np.iinfo(np.uint8).max else np.int32)
        self._cells[cells] = self._first_kind + kind.reshape(-1)

    def codes(self, x: Floats, y: Floats) -> NDArray[np.int16]:
        """As `exactly`."""
        found = np.empty(len(x), self._cells.dtype)
        unsure = [start + self._look_up(x, y, start, found) for start in range(0, len(x), CHUNK)]
        codes: NDArray[np.int16] = found.astype(np.int16)
        if unsure:
            self._settle(x, y, np.concatenate(unsure), codes)
        return codes

    def decided(self, west: Floats, south: Floats, east: Floats, north: Floats) -> NDArray[np.int16]:
        """Which polygon holds each of some boxes whole, 0 none of it; -1 where a boundary may run through it.

        Cells side by side that no boundary runs through are all of one code.
        """
        (left, bottom), (right, top) = self._cell_of(west, south), self._cell_of(east, north)
        total = self._borders
        inside = total[top + 1, right + 1] - total[bottom, right + 1] - total[top + 1, left] + total[bottom, left]
        code = self._cells[bottom * self._wide + left]
        return np.where(inside == 0, code.astype(np.int16), np.int16(-1))

    @cached_property
    def _borders(self) -> NDArray[np.int32]:
        """How many cells with a boundary lie before each row and column: a summed-area table."""
        is_border = (self._cells >= self._first_kind).reshape(self._wide, self._wide)
        total = np.zeros((self._wide + 1, self._wide + 1), np.int32)
        np.cumsum(np.cumsum(is_border, axis=0, dtype=np.int32), axis=1, out=total[1:, 1:])
        return total

    def _cell_of(self, x: Floats, y: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Column and row of the cell each point lies in, the ring's for all that is farther out."""
        column = np.fmin(np.fmax((x - self._x0) * self._per_x, 0), self.side + 1).astype(np.int64)
        row = np.fmin(np.fmax((y - self._y0) * self._per_y, 0), self.side + 1).astype(np.int64)
        return column, row

    def _look_up(self, x: Floats, y: Floats, start: int, found: Codes) -> NDArray[np.int64]:
        """Write down what the cells say for a chunk of points; return which of the chunk they leave open.

        What is no number falls into the ring (`numpy.fmax`), where nothing is.
        """
        some, most = slice(start, start + CHUNK), self.side + 1
        at = x[some] - self._x0
        at *= self._per_x
        np.fmin(np.fmax(at, 0, out=at), most, out=at)
        cell = at.astype(np.int32)
        np.subtract(y[some], self._y0, out=at)
        at *= self._per_y
        np.fmin(np.fmax(at, 0, out=at), most, out=at)
        row = at.astype(np.int32)
        row *= self._wide
        cell += row
        self._cells.take(cell, out=found[some], mode="clip")
        return np.flatnonzero(np.greater_equal(found[some], self._first_kind))

    def _settle(self, x: Floats, y: Floats, unsure: NDArray[np.int64], codes: NDArray[np.int16]) -> None:
        """Test points in cells with a boundary, only against the polygons whose boundary it is."""
        kind = codes[unsure] - self._first_kind
        order = np.argsort(kind, kind="stable")
        unsure, count = unsure[order], np.bincount(kind, minlength=len(self._kinds))
        ends = np.cumsum(count)
        for number in np.flatnonzero(count):
            left = unsure[ends[number] - count[number] : ends[number]]
            codes[left] = 0
            for shape in np.flatnonzero(self._kinds[number] != OUT):
                held = np.ones(len(left), bool)
                if self._kinds[number, shape] == TOUCHED:
                    held = shapely.intersects_xy(self.shapes[shape], x[left], y[left])
                codes[left[held]] = shape + 1
                left = left[~held]

    def _touched(self, shape: shapely.Geometry) -> NDArray[np.int64]:
        """Cells that the boundary of a polygon comes within a margin of, and perhaps some beside them.

        Column by column: the rows between the heights at which a segment enters and leaves it.
        """
        xy, ring = shapely.get_coordinates(shapely.get_rings(shapely.get_parts(shape)), return_index=True)
        xy = (xy - (self._x0, self._y0)) * (self._per_x, self._per_y)
        joined = ring[1:] == ring[:-1]
        a, b = xy[:-1][joined], xy[1:][joined]
        low, high = np.minimum(a, b) - MARGIN, np.maximum(a, b) + MARGIN
        segment, column = _ranges(low[:, 0], high[:, 0])
        a, b, low, high = a[segment], b[segment], low[segment], high[segment]
        width = b[:, 0] - a[:, 0]
        slope = np.divide(b[:, 1] - a[:, 1], width, out=np.zeros(len(a)), where=width != 0)
        enter = a[:, 1] + (np.maximum(column - MARGIN, low[:, 0]) - a[:, 0]) * slope
        leave = a[:, 1] + (np.minimum(column + 1 + MARGIN, high[:, 0]) - a[:, 0]) * slope
        steep = np.abs(width) < MARGIN
        bottom = np.where(steep, low[:, 1], np.maximum(np.minimum(enter, leave) - MARGIN, low[:, 1]))
        top = np.where(steep, high[:, 1], np.minimum(np.maximum(enter, leave) + MARGIN, high[:, 1]))
        at, row = _ranges(bottom, top)
        return np.unique(row * self._wide + column[at])

    def _states(self, cells: NDArray[np.int64], touched: list[NDArray[np.int64]]) -> NDArray[np.int8]:
        """State of cells with a boundary for each shape, shape (cells, shapes)."""
        x, y = self._centres(cells)
        states = np.full((len(cells), len(self.shapes)), OUT, np.int8)
        for number, shape in enumerate(self.shapes):
            states[shapely.intersects_xy(shape, x, y), number] = IN
            states[np.searchsorted(cells, touched[number]), number] = TOUCHED
        return states

    def _filled(self, border: NDArray[np.int64]) -> NDArray[np.int16]:
        """Code of every cell that no boundary touches: one exact test for each run of them in a row."""
        free = np.pad(np.ones((self.side, self.side), bool), 1).reshape(-1)
        free[border] = False
        first = np.flatnonzero(free[1:] & ~free[:-1]) + 1
        after = np.flatnonzero(free[:-1] & ~free[1:]) + 1
        cells = np.zeros(len(free), np.int16)
        cells[free] = np.repeat(exactly(self.shapes, *self._centres(first)), after - first)
        return cells

    def _centres(self, cells: NDArray[np.int64]) -> tuple[Floats, Floats]:
        return (
            self._x0 + (cells % self._wide + 0.5) / self._per_x,
            self._y0 + (cells // self._wide + 0.5) / self._per_y,
        )


def _ranges(low: Floats, high: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Every whole number of each range from floor(low) to floor(high): the range it is of, and the number."""
    first = np.floor(low).astype(np.int64)
    count = np.floor(high).astype(np.int64) - first + 1
    owner = np.repeat(np.arange(len(first)), count)
    return owner, first[owner] + np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
