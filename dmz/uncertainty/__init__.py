"""Say how likely a place is inside a zone, given how uncertain the line is.

`spread` takes a line with its uncertainty; `probability` and `probabilities` are in closed form.
"""

from dmz.uncertainty.bearing import Bearing, bearing
from dmz.uncertainty.chance import bivariate, probabilities, probability
from dmz.uncertainty.spread import CORRELATION_M, Spread, sigma_from_labels, spread

__all__ = [
    "CORRELATION_M",
    "Bearing",
    "Spread",
    "bearing",
    "bivariate",
    "probabilities",
    "probability",
    "sigma_from_labels",
    "spread",
]
