"""Hold points of a line as chains: what follows what, the nearest point along a chain, the side it is seen from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from dmz.geodesy.ellipsoid import Floats, densify
from dmz.geodesy.nearest import STRAIGHT_BACK
from dmz.geodesy.space import Index, dot, onto_ellipsoid, separation, size, to_space, unit, up

# Steps along a chain in search of the nearest point.
MOST_STEPS = 200
# Points nearer to each other than this are one, metres.
REPEATED_M = 1e-7


@dataclass(frozen=True)
class Feet:
    """Nearest points on chains to n points: where, how far, in which direction, and whether seen from the left."""

    sample: Index
    foot: Floats
    distance_m: Floats
    is_left: NDArray[np.bool_]


@dataclass(frozen=True)
class Chains:
    """Points of a line in space, shape (n, 3), and the number of the point before and after each; -1 at open ends."""

    points: Floats
    before: Index
    after: Index

    @property
    def step_m(self) -> Floats:
        """Chord from each point to the next; 0 at an end."""
        return np.where(self.after >= 0, size(self.points[self.after] - self.points), 0.0)

    @property
    def spacing_m(self) -> Floats:
        """Longer of the chords to the neighbours of each point."""
        step = self.step_m
        return np.maximum(step, np.where(self.before >= 0, step[self.before], 0.0))

    def adjacent(self, pairs: Index) -> NDArray[np.bool_]:
        """Which pairs of points, shape (m, 2), follow each other."""
        one, other = pairs.T
        return (self.after[one] == other) | (self.before[one] == other)

    def cut(self, pieces: Index) -> Chains:
        """Chains with the step after each point cut into so many equal pieces."""
        pieces = np.where(self.after >= 0, pieces, 1)
        of = np.repeat(np.arange(len(pieces)), pieces - 1)
        if not len(of):
            return self
        number = np.arange(len(of)) - np.repeat(np.cumsum(pieces - 1) - (pieces - 1), pieces - 1)
        share = ((number + 1) / pieces[of])[:, None]
        put = onto_ellipsoid(self.points[of] * (1 - share) + self.points[self.after[of]] * share)
        new = len(self.points) + np.arange(len(of))
        before, after = np.append(self.before, new - 1), np.append(self.after, new + 1)
        first, last = number == 0, number == pieces[of] - 2
        before[new[first]], after[of[first]] = of[first], new[first]
        after[new[last]] = self.after[of[last]]
        before[self.after[of[last]]] = new[last]
        return Chains(np.vstack([self.points, put]), before, after)

    def within(self, kept: NDArray[np.bool_]) -> Chains:
        """Only some of the points; a chain that loses one falls into two."""
        number = np.where(kept, np.cumsum(kept) - 1, -1)
        before, after = (np.where(link >= 0, number[link], -1)[kept] for link in (self.before, self.after))
        return Chains(self.points[kept], before, after)

    def feet(self, sample: Index, points: Floats) -> Feet:
        """Nearest point of a chain to each of n points, looked for along the chain from a sample of it."""
        at = sample.copy()
        foot, distance, onward, is_ahead = self._beside(at, points)
        moving = np.flatnonzero(onward >= 0)
        for _ in range(MOST_STEPS):
            if not len(moving):
                break
            tried = onward[moving]
            there, away, more, which = self._beside(tried, points[moving])
            nearer = away <= distance[moving] + 1e-9  # a foot on a sample is looked at from that sample
            moving, tried = moving[nearer], tried[nearer]
            at[moving], foot[moving], is_ahead[moving] = tried, there[nearer], which[nearer]
            distance[moving], onward[moving] = away[nearer], more[nearer]
            moving = moving[onward[moving] >= 0]
        surface = onto_ellipsoid(foot)
        is_left = dot(np.cross(self._course(at, foot, is_ahead), points - surface), up(surface)) > 0
        return Feet(at, surface, separation(points, surface), np.asarray(is_left))

    def _beside(self, at: Index, points: Floats) -> tuple[Floats, Floats, Index, NDArray[np.bool_]]:
        """Nearest point of the two steps beside a sample, its chord, the sample to look on from, which step it is on.

        The sample to look on from is -1 where the point is no end of a step; the step is the one ahead, or behind.
        """
        here = self.points[at]
        ahead, behind = self.after[at], self.before[at]
        one, share_one = _onto(points, here, np.where((ahead >= 0)[:, None], self.points[ahead], here))
        two, share_two = _onto(points, here, np.where((behind >= 0)[:, None], self.points[behind], here))
        far_one, far_two = size(points - one), size(points - two)
        first = far_one <= far_two
        onward = np.where(first, np.where(share_one == 1, ahead, -1), np.where(share_two == 1, behind, -1))
        return np.where(first[:, None], one, two), np.minimum(far_one, far_two), onward, first

    def _course(self, at: Index, foot: Floats, is_ahead: NDArray[np.bool_]) -> Floats:
        """Direction of the chain at feet: of the step a foot is on, at a sample the mean of the two beside it."""
        here = self.points[at]
        ahead = np.where((self.after[at] >= 0)[:, None], self.points[self.after[at]] - here, 0.0)
        behind = np.where((self.before[at] >= 0)[:, None], here - self.points[self.before[at]], 0.0)
        mean = unit(ahead) + unit(behind)
        back = size(mean) <= STRAIGHT_BACK
        mean[back] = ahead[back]
        on_sample = (foot == here).all(axis=1)
        return np.where(on_sample[:, None], mean, np.where(is_ahead[:, None], ahead, behind))


def _onto(points: Floats, start: Floats, end: Floats) -> tuple[Floats, Floats]:
    """Nearest point of each chord to each point, and how much of the chord lies before it."""
    chord = end - start
    square = dot(chord, chord)
    share = np.clip(dot(points - start, chord) / np.where(square > 0, square, 1.0), 0.0, 1.0)
    return start + share[:, None] * chord, np.where(square > 0, share, 0.0)


def chains_of(line: BaseGeometry, step_m: float) -> Chains:
    """Points of a line no farther apart than a step, closed parts linked end to end."""
    points, before, after, count = [], [], [], 0
    for part in shapely.get_parts(line):
        space = to_space(shapely.get_coordinates(shapely.remove_repeated_points(densify(part, step_m))))
        space = space[np.append(True, size(np.diff(space, axis=0)) > REPEATED_M)]
        closed = len(space) > 2 and bool(size(space[:1] - space[-1:])[0] <= REPEATED_M)  # noqa: PLR2004
        space = space[:-1] if closed else space
        number = count + np.arange(len(space))
        backward, forward = np.roll(number, 1), np.roll(number, -1)
        if not closed:
            backward[0] = forward[-1] = -1
        points.append(space)
        before.append(backward)
        after.append(forward)
        count += len(space)
    return Chains(np.concatenate(points), np.concatenate(before), np.concatenate(after))
