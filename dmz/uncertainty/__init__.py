"""Say how likely a place is inside a zone, given how uncertain the line is.

`spread` takes a line with its uncertainty. `probability` and `probabilities` are in closed form, `simulated` draws
lines and measures; `extents` draws the ground that is likely and possibly inside; `chances`, `expected` and
`with_probability` are of settlements and people.
"""

from dmz.uncertainty.assess import TABLE_COLUMNS, Assessment, assess
from dmz.uncertainty.bearing import Bearing, bearing
from dmz.uncertainty.chance import bivariate, probabilities, probability
from dmz.uncertainty.draws import displaced, simulated
from dmz.uncertainty.extents import COLUMNS as EXTENT_COLUMNS
from dmz.uncertainty.extents import LIKELY, POSSIBLE, extents, half_width
from dmz.uncertainty.people import PROBABILITY_COLUMNS, chances, expected, with_probability
from dmz.uncertainty.spread import CORRELATION_M, Spread, sigma_from_labels, spread

__all__ = [
    "CORRELATION_M",
    "EXTENT_COLUMNS",
    "LIKELY",
    "POSSIBLE",
    "PROBABILITY_COLUMNS",
    "TABLE_COLUMNS",
    "Assessment",
    "Bearing",
    "Spread",
    "assess",
    "bearing",
    "bivariate",
    "chances",
    "displaced",
    "expected",
    "extents",
    "half_width",
    "probabilities",
    "probability",
    "sigma_from_labels",
    "simulated",
    "spread",
    "with_probability",
]
