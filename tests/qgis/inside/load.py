"""Run by QGIS's own Python: load every GeoJSON of a folder as a user would and say what QGIS sees.

Prints one JSON object: file name to what the layer is. Nothing of dmz is imported here.
"""

import json
import os
import sys
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
from qgis.core import QgsApplication, QgsDistanceArea, QgsProject, QgsProviderRegistry, QgsVectorLayer, QgsWkbTypes


def seen(layer, measure):
    """What QGIS makes of a layer."""
    fields = {field.name(): field.typeName() for field in layer.fields()}
    features = list(layer.getFeatures())
    invalid = [f.id() for f in features if not f.geometry().isGeosValid()]
    areas = [measure.measureArea(f.geometry()) / 1e6 for f in features] if layer.geometryType() == 2 else []
    told = [f["area_km2"] for f in features] if "area_km2" in fields else []
    extent = layer.extent()
    drawn = [item.label() for item in layer.renderer().legendSymbolItems()]
    renderer = layer.renderer().type()  # by the .qml beside the file, which QGIS reads as it opens the layer
    layer.loadDefaultStyle()  # once more, as the user's button does: 3.22 lets go of the timing as it opens a layer
    return {
        "valid": layer.isValid(),
        "crs": layer.crs().authid(),
        "kind": QgsWkbTypes.geometryDisplayString(layer.geometryType()),
        "features": len(features),
        "fields": fields,
        "invalid": invalid,
        "measured_km2": areas,
        "told_km2": told,
        "renderer": renderer,
        "drawn": drawn,
        "temporal": [layer.temporalProperties().isActive(), layer.temporalProperties().startField()],
        "extent": [extent.xMinimum(), extent.yMinimum(), extent.xMaximum(), extent.yMaximum()],
    }


def main():
    application = QgsApplication([], False)
    application.initQgis()
    measure = QgsDistanceArea()
    measure.setEllipsoid("EPSG:7030")
    found, kept = {}, []
    for path in sorted(Path(sys.argv[1]).glob("*.geojson")):
        layer = QgsVectorLayer(str(path), path.stem, "ogr")
        kept.append(layer)  # without a reference QGIS frees the layer while it is read
        measure.setSourceCrs(layer.crs(), QgsProject.instance().transformContext())
        found[path.name] = seen(layer, measure)
    for path in Path(sys.argv[1]).parent.glob("*.gpkg"):
        for part in QgsProviderRegistry.instance().querySublayers(str(path)):
            layer = QgsVectorLayer(part.uri(), part.name(), "ogr")
            kept.append(layer)
            if layer.isSpatial():  # drawn as it is dragged into the window: by the style in the file
                drawn = [item.label() for item in layer.renderer().legendSymbolItems()]
                found[f"gpkg:{part.name()}"] = {"renderer": layer.renderer().type(), "drawn": drawn}
    sys.stdout.write(json.dumps(found) + "\n")
    sys.stdout.flush()
    os._exit(0)  # QGIS crashes while it cleans up without a screen


main()
