"""Run by QGIS's own Python: move a vertex of a line as a user does and save it in QGIS's ways.

``edit.py line.geojson folder`` writes ``edited.geojson``, ``edited.gpkg`` and ``edited.shp`` in UTM, and prints what the
edited layer holds. Nothing of dmz is here.
"""

import json
import os
import sys
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsProject,
    QgsVectorFileWriter,
    QgsVectorLayer,
)

WAYS = {"geojson": ("GeoJSON", "EPSG:4326"), "gpkg": ("GPKG", "EPSG:4326"), "shp": ("ESRI Shapefile", "EPSG:32637")}


def main():
    application = QgsApplication([], False)
    application.initQgis()
    source, folder = sys.argv[1], Path(sys.argv[2])
    layer = QgsVectorLayer(source, "line", "ogr")
    feature = next(layer.getFeatures())
    layer.startEditing()
    vertex = feature.geometry().vertexAt(60)
    moved = layer.moveVertex(vertex.x() + 0.02, vertex.y() + 0.01, feature.id(), 60)
    edited = next(layer.getFeatures()).geometry().asWkt(9)
    saved = {}
    for ending, (driver, crs) in WAYS.items():
        options = QgsVectorFileWriter.SaveVectorOptions()
        options.driverName = driver
        target = QgsCoordinateReferenceSystem(crs)
        options.ct = QgsCoordinateTransform(layer.crs(), target, QgsProject.instance())
        context = QgsProject.instance().transformContext()
        done = QgsVectorFileWriter.writeAsVectorFormatV3(layer, str(folder / f"edited.{ending}"), context, options)
        saved[ending] = done[0] == QgsVectorFileWriter.NoError
    layer.rollBack()
    sys.stdout.write(json.dumps({"moved": moved, "wkt": edited, "saved": saved}) + "\n")
    sys.stdout.flush()
    os._exit(0)  # QGIS crashes while it cleans up without a screen


main()
