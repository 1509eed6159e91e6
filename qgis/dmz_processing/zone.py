"""Demilitarised zone from a line of contact."""

from qgis.core import (
    QgsProcessing,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterNumber,
    QgsProcessingParameterString,
    QgsProcessingParameterVectorDestination,
    QgsProcessingUtils,
)

from . import engine
from .base import DmzAlgorithm
from .outputs import handed_over

READINGS = ("each-side", "total-width", "deep", "per-side")
ENDS = ("round", "flat")


class ZoneFromLine(DmzAlgorithm):
    """`dmz zone` as an algorithm."""

    NAME, TITLE = "zonefromline", "Demilitarised zone from a line of contact"
    TAGS = ("zone", "ceasefire")
    HELP = (
        "<p>Lays a zone along a line of contact, exact on the ellipsoid: every point of its edge lies at the depth asked "
        "for, to a metre, whatever the CRS of the layer.</p>"
        "<p><b>Depth</b> in kilometres. Give a second, greater depth for a range: the <i>core</i> is what both agree on, "
        "the <i>fringe</i> what is between them and in dispute.</p>"
        "<p><b>Reading</b>: <i>each-side</i>, the depth on both sides; <i>total-width</i>, the depth in all, half of it "
        "on either side; <i>deep</i>, into the ground of one party; <i>per-side</i>, the first depth on the left, the "
        "second on the right.</p>"
        "<p><b>Left and right</b> are as one looks along the line in the direction it is drawn. Names in columns "
        "<i>left</i> and <i>right</i> of the layer are used where these are empty.</p>"
        "<p>Runs the dmz library in its own Python, which is named under Settings &gt; Options &gt; Processing &gt; "
        "Providers &gt; dmz.</p>"
    )

    def initAlgorithm(self, config=None):  # noqa: ARG002 - QGIS's own signature
        depth = QgsProcessingParameterNumber.Double
        optional = {"optional": True}
        for parameter in (
            QgsProcessingParameterFeatureSource("INPUT", "Line of contact", [QgsProcessing.TypeVectorLine]),
            QgsProcessingParameterNumber("DEPTH", "Depth, km", depth, 15, minValue=0.001),
            QgsProcessingParameterNumber("DEPTH_TO", "Greater depth of a range, km", depth, None, True, 0.001),
            QgsProcessingParameterEnum("READING", "Reading", list(READINGS), defaultValue=0),
            QgsProcessingParameterString("PARTY", "Party whose ground a deep zone lies on", **optional),
            QgsProcessingParameterString("LEFT", "Party on the left", **optional),
            QgsProcessingParameterString("RIGHT", "Party on the right", **optional),
            QgsProcessingParameterFeatureSource(
                "WITHIN", "Theatre the zone is clipped to", [QgsProcessing.TypeVectorPolygon], **optional
            ),
            QgsProcessingParameterEnum("ENDS", "Ends", list(ENDS), defaultValue=0),
            QgsProcessingParameterVectorDestination("OUTPUT", "Zones", QgsProcessing.TypeVectorPolygon),
        ):
            self.addParameter(parameter)

    def processAlgorithm(self, parameters, context, feedback):
        line = engine.as_geojson(self.parameterAsSource(parameters, "INPUT", context), "line", context, feedback)
        made = QgsProcessingUtils.generateTempFilename("zones.geojson")
        depths = [self.parameterAsDouble(parameters, "DEPTH", context)]
        if parameters.get("DEPTH_TO") is not None:
            depths.append(self.parameterAsDouble(parameters, "DEPTH_TO", context))
        arguments = ["zone", line, "-o", made, "--depth", *(f"{km:g}" for km in depths)]
        arguments += ["--reading", READINGS[self.parameterAsEnum(parameters, "READING", context)]]
        arguments += ["--ends", ENDS[self.parameterAsEnum(parameters, "ENDS", context)]]
        arguments += self.given(parameters, context, (("--party", "PARTY"), ("--left", "LEFT"), ("--right", "RIGHT")))
        theatre = self.parameterAsSource(parameters, "WITHIN", context)
        if theatre is not None:
            arguments += ["--within", engine.as_geojson(theatre, "theatre", context, feedback)]
        engine.run(arguments, feedback)
        return {"OUTPUT": handed_over(self, made, parameters, context)}
