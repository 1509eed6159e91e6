"""Print layers as a map on paper, in PDF, SVG and PNG: legend, inset, scale bar, north arrow, graticule, sources.

A further page of the PDF holds the readings side by side, tables and charts.
"""

from dmz.printmap.sheets import Extra, printed

__all__ = ["Extra", "printed"]
