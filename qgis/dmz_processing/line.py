"""Line of contact from control points."""

from qgis.core import (
    QgsProcessing,
    QgsProcessingException,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterField,
    QgsProcessingParameterNumber,
    QgsProcessingParameterString,
    QgsProcessingParameterVectorDestination,
    QgsProcessingUtils,
)

from . import engine
from .base import DmzAlgorithm
from .outputs import handed_over

SUSPECTS = ("use", "leave-out")


class LineFromControlPoints(DmzAlgorithm):
    """`dmz line` as an algorithm."""

    NAME, TITLE = "linefromcontrolpoints", "Line from control points"
    TAGS = ("control", "settlements", "front line", "voronoi")
    HELP = (
        "<p>Derives a line of contact from settlements and who holds them: the line runs where the nearest settlement "
        "changes its holder, on the ellipsoid, within the theatre. Its uncertainty comes with it: with right labels the "
        "true line passes within the distance of the nearest settlement.</p>"
        "<p><b>Party</b>: the column that says who holds each point. <b>Left</b>: the party to be on the left of the line "
        "in its direction. <b>Suspects</b>: labels that all six neighbours contradict are named in the log either way; "
        "say whether they are used.</p>"
        "<p>Runs the dmz library in its own Python.</p>"
    )

    def initAlgorithm(self, config=None):  # noqa: ARG002 - QGIS's own signature
        km = QgsProcessingParameterNumber.Double
        for parameter in (
            QgsProcessingParameterFeatureSource("INPUT", "Control points", [QgsProcessing.TypeVectorPoint]),
            QgsProcessingParameterField("PARTY", "Column of the party", "party", "INPUT"),
            QgsProcessingParameterFeatureSource("WITHIN", "Theatre", [QgsProcessing.TypeVectorPolygon]),
            QgsProcessingParameterString("LEFT", "Party on the left", optional=True),
            QgsProcessingParameterString("RIGHT", "Party on the right", optional=True),
            QgsProcessingParameterString("ON", "Day, such as 2018-09-17: the last reports no later", optional=True),
            QgsProcessingParameterEnum("SUSPECTS", "Suspect labels", list(SUSPECTS), defaultValue=0),
            QgsProcessingParameterNumber("NO_DATA", "Nobody's ground beyond, km from any point", km, 35, minValue=0.1),
            QgsProcessingParameterVectorDestination("OUTPUT", "Line of contact", QgsProcessing.TypeVectorLine),
        ):
            self.addParameter(parameter)

    def processAlgorithm(self, parameters, context, feedback):
        points = self.parameterAsSource(parameters, "INPUT", context)
        theatre = self.parameterAsSource(parameters, "WITHIN", context)
        if theatre is None:
            raise QgsProcessingException("name the theatre, the land within which the line runs")
        made = QgsProcessingUtils.generateTempFilename("line.geojson")
        column = self.parameterAsString(parameters, "PARTY", context)
        arguments = ["line", engine.as_geojson(points, "points", context, feedback), "--kind", "settlements"]
        arguments += ["--within", engine.as_geojson(theatre, "theatre", context, feedback), "-o", made]
        arguments += ["--columns", f"party={column}"]
        arguments += ["--suspects", SUSPECTS[self.parameterAsEnum(parameters, "SUSPECTS", context)]]
        arguments += ["--no-data", f"{self.parameterAsDouble(parameters, 'NO_DATA', context):g}"]
        arguments += self.given(parameters, context, (("--left", "LEFT"), ("--right", "RIGHT"), ("--on", "ON")))
        engine.run(arguments, feedback)
        return {"OUTPUT": handed_over(self, made, parameters, context)}
