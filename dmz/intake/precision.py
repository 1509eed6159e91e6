"""Say in metres how precisely a place is known.

Event data come with codes of precision, not with metres. The definitions below follow the codebooks; **the metres
are our reading of them**: the radius of a circle about the point in which the event is taken to have been.

ACLED, ``geo_precision`` (ACLED Codebook, "Spatial precision codes"):

==== ===================================================================================== =======
code definition                                                                            metres
==== ===================================================================================== =======
1    a particular town is named, and the point is that town                                2,000
2    a small part of a region, or near a town: the point is a town that stands for it      10,000
3    a larger region: the point is a natural feature, or the provincial capital            50,000
==== ===================================================================================== =======

UCDP GED, ``where_prec`` (Sundberg and Melander 2013, Journal of Peace Research 50(4); the codes as the documentation of
the R package mapme.biodiversity retells them, the codebook itself was not seen):

==== ===================================================================================== =======
code definition                                                                            metres
==== ===================================================================================== =======
1    the exact location is known, as a named place                                         2,000
2    a limited area round a known point                                                    25,000
3    only the second-order administrative unit is known: the point is its centroid         30,000
4    only the first-order administrative unit is known: the point is its centroid          100,000
5    parts of a country larger than a first-order unit, or between places named            unknown
6    only the country is known                                                             unknown
7    international waters or airspace: the point is an estimate                            unknown
==== ===================================================================================== =======

The 25 km of code 2 are those of the sister codebook on georeferencing aid, made from UCDP's rules (Strandow et al.
2011, The UCDP and AidData codebook; IATI's code list GeographicalPrecision): "near", in the "area" of, or up to 25
km away from an exact location. A unit of the second order is taken as a disc of 30 km, one of the first as
one of 100 km; where units are smaller, `dmz.intake.Hints` takes other metres. A circle as large as a country says
nothing about a zone, so codes 5 to 7 are unknown.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dmz.intake.cells import as_text, numbers
from dmz.intake.columns import key
from dmz.intake.problems import Ledger

UNKNOWN = float("nan")
ACLED_M = {1: 2_000.0, 2: 10_000.0, 3: 50_000.0}
UCDP_M = {1: 2_000.0, 2: 25_000.0, 3: 30_000.0, 4: 100_000.0, 5: UNKNOWN, 6: UNKNOWN, 7: UNKNOWN}
# Columns of codes, by the reduced name, with whose codes they are.
CODES = {"geoprecision": ("ACLED's geo_precision", ACLED_M), "whereprec": ("UCDP's where_prec", UCDP_M)}


def read_precision(
    cells: pd.Series | None, ledger: Ledger, column: str, codes_m: Mapping[int, float] | None
) -> tuple[NDArray[np.float64], list[str]]:
    """Read a column of precision, in metres, kilometres or codes, and enter its problems.

    Parameters
    ----------
    cells
        As they stand in the file; nothing where it has no such column.
    ledger
        Where the problems go.
    column
        Its name in the file, which tells metres, kilometres and codes apart.
    codes_m
        Metres for its codes, in place of `ACLED_M` and `UCDP_M`.

    Returns
    -------
    tuple
        Metres, shape (n,), not a number where unknown, and what there is to tell of the whole.
    """
    if cells is None:
        every = np.arange(len(ledger.number))
        ledger.add("unknown-precision", every, "the file has no column of precision")
        return np.full(len(every), UNKNOWN), []
    found = numbers(cells)
    text = as_text(cells)
    ledger.add("unknown-precision", np.flatnonzero(found.blank), "", column=column, cells=text)
    whose, known = CODES.get(key(column), ("", None))
    codes = codes_m or known
    if codes is None:
        scale = 1000.0 if key(column).endswith("km") else 1.0
        metres = found.value * scale
        bad = found.text | (metres <= 0)
        ledger.add("bad-precision", np.flatnonzero(bad), "is no distance: taken as unknown", column=column, cells=text)
        return np.where(bad, UNKNOWN, metres), []
    metres = np.array([codes.get(int(value), UNKNOWN) if value % 1 == 0 else UNKNOWN for value in found.value])
    coded = np.isin(found.value, list(codes))
    bad = ~coded & ~found.blank
    listed = ", ".join(map(str, codes))
    message = f"is no code of {whose or 'precision'} ({listed}): taken as unknown"
    ledger.add("bad-precision", np.flatnonzero(bad), message, column=column, cells=text)
    open_ended = np.flatnonzero(coded & np.isnan(metres))
    ledger.add("unknown-precision", open_ended, "is a code without a radius", column=column, cells=text)
    said = ", ".join(f"{code} = {metre / 1000:g} km" for code, metre in codes.items() if not np.isnan(metre))
    return metres, [f"precision_m is our reading of {whose or 'the codes'}: {said}, others unknown"]
