"""Run by QGIS's own Python: buffer every line of a folder's `jobs.json`, write each zone and print its times.

Nothing of dmz is imported here. Prints QGIS's versions, then one JSON object a job as soon as it is done.
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.append("/usr/share/qgis/python/plugins")  # where Debian keeps `processing`
import processing
from processing.core.Processing import Processing
from qgis.analysis import QgsNativeAlgorithms
from qgis.core import Qgis, QgsApplication, QgsFeature, QgsGeometry, QgsVectorLayer


def layer(wkb: bytes) -> QgsVectorLayer:
    """A layer in memory that holds one line in degrees."""
    made = QgsVectorLayer("LineString?crs=EPSG:4326", "line", "memory")
    geometry = QgsGeometry()
    geometry.fromWkb(wkb)
    feature = QgsFeature()
    feature.setGeometry(geometry)
    made.dataProvider().addFeature(feature)
    return made


def run(algorithm: str, source: QgsVectorLayer, **parameters: Any) -> QgsVectorLayer:
    """Output layer of an algorithm of Processing."""
    return processing.run(f"native:{algorithm}", {"INPUT": source, "OUTPUT": "memory:", **parameters})["OUTPUT"]


def zone(source: QgsVectorLayer, job: dict[str, Any]) -> QgsVectorLayer:
    """Buffer in the layer's own degrees, or by way of a projected layer where the job names a CRS."""
    shape = {"DISTANCE": job["distance"], "SEGMENTS": job["segments"], "DISSOLVE": False}
    if not job["crs"]:
        return run("buffer", source, **shape)
    flat = run("buffer", run("reprojectlayer", source, TARGET_CRS=job["crs"]), **shape)
    return run("reprojectlayer", flat, TARGET_CRS="EPSG:4326")


def main() -> None:
    """Do every job in turn."""
    folder = Path(sys.argv[1])
    application = QgsApplication([], False)  # noqa: FBT003 - no window; Qt takes no keywords
    application.initQgis()
    Processing.initialize()
    if not QgsApplication.processingRegistry().providerById("native"):
        QgsApplication.processingRegistry().addProvider(QgsNativeAlgorithms())
    qgis, geos = (version.split("-")[0] for version in (Qgis.QGIS_VERSION, Qgis.geosVersion()))
    sys.stdout.write(json.dumps({"version": f"QGIS {qgis} (GEOS {geos})"}) + "\n")
    for number, job in enumerate(json.loads((folder / "jobs.json").read_text())):
        source, times = layer((folder / job["line"]).read_bytes()), []
        for _ in range(job["runs"]):
            start = time.perf_counter()
            found = zone(source, job)
            times.append(time.perf_counter() - start)
        (folder / f"{number}.wkb").write_bytes(bytes(next(found.getFeatures()).geometry().asWkb()))
        sys.stdout.write(json.dumps({"job": number, "seconds": times}) + "\n")
        sys.stdout.flush()
    os._exit(0)  # QGIS crashes while it cleans up without a screen


main()
