"""Write layers, tables or any zones as GeoJSON, GeoPackage, KML, FlatGeobuf, GeoParquet, XLSX or CSV."""

from dmz.export.writing import FORMATS, encoded, write

__all__ = ["FORMATS", "encoded", "write"]
