"""Locate features in zones."""

import csv

from qgis.core import (
    QgsFeatureSink,
    QgsField,
    QgsFields,
    QgsProcessing,
    QgsProcessingException,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFeatureSink,
    QgsProcessingParameterFeatureSource,
    QgsProcessingUtils,
)
from qgis.PyQt.QtCore import QVariant

from . import engine
from .base import DmzAlgorithm

ADD = ("distance_m", "chainage_km", "probability")
TEXTS = ("zone", "reading", "band", "party")
ROW = "dmz_row"


class LocateInZones(DmzAlgorithm):
    """`dmz locate` as an algorithm."""

    NAME, TITLE = "locateinzones", "Locate features in zones"
    TAGS = ("point in polygon", "events")
    HELP = (
        "<p>Says of each point in which zone it lies: <i>zone</i>, <i>reading</i>, <i>band</i>, <i>party</i>; empty "
        "outside. A point in zones of several readings comes once for each. Points on an edge belong as the zones say: "
        "near &lt; distance &lt;= far, ties to the left.</p>"
        "<p><b>Zones</b> as “Demilitarised zone from a line of contact” makes them. With the <b>line</b> "
        "the distance to it in metres (negative on the left), the chainage along it, and the probability of being "
        "inside, as far as the uncertainty of the line is known, can be added.</p>"
        "<p>Runs the dmz library in its own Python.</p>"
    )

    def initAlgorithm(self, config=None):  # noqa: ARG002 - QGIS's own signature
        for parameter in (
            QgsProcessingParameterFeatureSource("INPUT", "Points", [QgsProcessing.TypeVectorPoint]),
            QgsProcessingParameterFeatureSource("ZONES", "Zones", [QgsProcessing.TypeVectorPolygon]),
            QgsProcessingParameterFeatureSource(
                "LINE", "Line of contact", [QgsProcessing.TypeVectorLine], optional=True
            ),
            QgsProcessingParameterEnum("ADD", "Add (needs the line)", list(ADD), allowMultiple=True, optional=True),
            QgsProcessingParameterFeatureSink("OUTPUT", "Located", QgsProcessing.TypeVectorPoint),
        ):
            self.addParameter(parameter)

    def processAlgorithm(self, parameters, context, feedback):
        points = self.parameterAsSource(parameters, "INPUT", context)
        added = [ADD[number] for number in self.parameterAsEnums(parameters, "ADD", context)]
        found = self._ask(points, added, parameters, context, feedback)
        fields = QgsFields(points.fields())
        for name in (*TEXTS, *added):
            fields.append(QgsField(name, QVariant.String if name in TEXTS else QVariant.Double))
        sink, target = self.parameterAsSink(parameters, "OUTPUT", context, fields, points.wkbType(), points.sourceCrs())
        for number, feature in enumerate(points.getFeatures()):
            for row in found.get(number, [{}]):
                values = [row.get(name) or None for name in TEXTS]
                values += [float(row[name]) if row.get(name) else None for name in added]
                copy = type(feature)(feature)
                copy.setFields(fields)
                copy.setAttributes([*feature.attributes(), *values])
                sink.addFeature(copy, QgsFeatureSink.FastInsert)
        return {"OUTPUT": target}

    def _ask(self, points, added, parameters, context, feedback):
        """Rows of the answer by the number of the point."""
        zones = engine.as_geojson(self.parameterAsSource(parameters, "ZONES", context), "zones", context, feedback)
        asked, answered = (QgsProcessingUtils.generateTempFilename(name) for name in ("points.csv", "located.csv"))
        _write_points(points, asked, context)
        arguments = ["locate", asked, "--zones", zones, "--lon", "lon", "--lat", "lat", "-o", answered]
        line = self.parameterAsSource(parameters, "LINE", context)
        if line is not None:
            arguments += ["--line", engine.as_geojson(line, "line", context, feedback)]
        elif added:
            raise QgsProcessingException(f"{', '.join(added)}: name the line of contact")
        if added:
            arguments += ["--add", *added]
        engine.run(arguments, feedback)
        found = {}
        with open(answered, newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                found.setdefault(int(row[ROW]), []).append(row)
        return found


def _write_points(points, path, context):
    """Write number, longitude and latitude of each point."""
    from qgis.core import QgsCoordinateReferenceSystem, QgsCoordinateTransform

    degrees = QgsCoordinateReferenceSystem("EPSG:4326")
    to_degrees = QgsCoordinateTransform(points.sourceCrs(), degrees, context.transformContext())
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([ROW, "lon", "lat"])
        for number, feature in enumerate(points.getFeatures()):
            shape = feature.geometry()
            if shape.isNull():
                writer.writerow([number, "", ""])
                continue
            at = to_degrees.transform(shape.asPoint() if not shape.isMultipart() else shape.centroid().asPoint())
            writer.writerow([number, repr(at.x()), repr(at.y())])
