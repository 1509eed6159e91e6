"""Run by QGIS's own Python: open a project, say what QGIS makes of it, render its themes, export its sheets.

``project.py maps/x.qgz folder`` prints one JSON object and leaves PNGs and PDFs in the folder. Nothing of dmz is here.
"""

import json
import os
import sys
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
from qgis.core import (
    QgsApplication,
    QgsDistanceArea,
    QgsExpression,
    QgsExpressionContext,
    QgsExpressionContextScope,
    QgsExpressionContextUtils,
    QgsLayoutExporter,
    QgsMapRendererSequentialJob,
    QgsMapSettings,
    QgsPointXY,
    QgsCoordinateTransform,
    QgsCoordinateReferenceSystem,
    QgsProject,
    QgsReferencedRectangle,
    QgsWkbTypes,
)
from qgis.PyQt.QtCore import QDate, QDateTime, QSize, QTime

WIDTH, HEIGHT = 1100, 1000


def layer_seen(layer):
    """What QGIS makes of a layer of the project."""
    renderer, timing, fields = layer.renderer(), layer.temporalProperties(), layer.fields()
    features = list(layer.getFeatures())
    kinds = {field.name(): field.typeName() for field in fields}
    categories = {}
    if renderer.type() == "categorizedSymbol":
        categories = {c.value(): [c.label(), c.symbol().color().name()] for c in renderer.categories()}
    tip = ""
    if features:
        context = QgsExpressionContext(QgsExpressionContextUtils.globalProjectLayerScopes(layer))
        context.setFeature(features[0])
        tip = QgsExpression.replaceExpressionText(layer.mapTipTemplate(), context)
    return {
        "valid": layer.isValid(),
        "name": layer.name(),
        "source": layer.publicSource(),
        "crs": layer.crs().authid(),
        "kind": QgsWkbTypes.geometryDisplayString(layer.geometryType()),
        "count": len(features),
        "fields": kinds,
        "invalid": [f.id() for f in features if not f.geometry().isGeosValid()],
        "renderer": renderer.type(),
        "categories": categories,
        "labels": layer.labelsEnabled(),
        "temporal": [timing.isActive(), timing.startField(), timing.endField()],
        "styles": layer.styleManager().styles(),
        "aliases": {name: alias for name, alias in layer.attributeAliases().items() if alias},
        "tip": tip,
        "shown": shown(layer, features) if renderer.type() == "RuleRenderer" else [],
        "title": layer.metadata().title(),
        "abstract": layer.metadata().abstract(),
        "licenses": layer.metadata().licenses(),
    }


def shown(layer, features):
    """How many features the rules draw while the temporal controller is off, and while it is on."""
    counts = []
    for start in (None, QDateTime(QDate(2020, 1, 1), QTime(0, 0))):
        context = QgsExpressionContext(QgsExpressionContextUtils.globalProjectLayerScopes(layer))
        scope = QgsExpressionContextScope()
        scope.setVariable("map_start_time", start)
        context.appendScope(scope)
        rules = [QgsExpression(rule.filterExpression()) for rule in layer.renderer().rootRule().children()]
        count = 0
        for feature in features:
            context.setFeature(feature)
            count += any(rule.evaluate(context) for rule in rules)
        counts.append(count)
    return counts


def overlaps_km2(layer, measure):
    """Greatest area that two features of a layer of areas share."""
    shapes = [f.geometry() for f in layer.getFeatures()]
    pairs = [(a, b) for n, a in enumerate(shapes) for b in shapes[:n]]
    return max((measure.measureArea(a.intersection(b)) / 1e6 for a, b in pairs), default=0.0)


def render(project, theme, path):
    """Draw a theme as the window would; return the colours at the asked places."""
    themes, root = project.mapThemeCollection(), project.layerTreeRoot()
    shown = themes.mapThemeVisibleLayers(theme)
    settings = QgsMapSettings()
    settings.setLayers([layer for layer in root.layerOrder() if layer in shown])
    settings.setLayerStyleOverrides(themes.mapThemeStyleOverrides(theme))
    settings.setDestinationCrs(project.crs())
    settings.setTransformContext(project.transformContext())
    settings.setBackgroundColor(project.backgroundColor())
    settings.setOutputSize(QSize(WIDTH, HEIGHT))
    settings.setExtent(QgsReferencedRectangle(project.viewSettings().defaultViewExtent()))
    job = QgsMapRendererSequentialJob(settings)
    job.start()
    job.waitForFinished()
    image = job.renderedImage()
    image.save(str(path))
    to_map = QgsCoordinateTransform(QgsCoordinateReferenceSystem("EPSG:4326"), project.crs(), project)
    places = json.loads(os.environ.get("PLACES", "{}"))
    colors = {}
    for name, (lon, lat) in places.items():
        at = settings.mapToPixel().transform(to_map.transform(QgsPointXY(lon, lat)))
        pixel = image.pixelColor(round(at.x()), round(at.y()))
        colors[name] = [pixel.red(), pixel.green(), pixel.blue()]
    return {"layers": [layer.name() for layer in shown], "colors": colors, "errors": [e.message for e in job.errors()]}


def sheets(project, folder):
    """Export every sheet to PDF and PNG; say what stands on it."""
    found = {}
    for number, sheet in enumerate(project.layoutManager().layouts()):
        exporter, path = QgsLayoutExporter(sheet), folder / f"sheet-{number}"
        pdf = exporter.exportToPdf(f"{path}.pdf", QgsLayoutExporter.PdfExportSettings())
        settings = QgsLayoutExporter.ImageExportSettings()
        settings.dpi = 100
        exporter.exportToImage(f"{path}.png", settings)
        items = {item.id(): type(item).__name__ for item in sheet.items() if getattr(item, "id", None) and item.id()}
        the_map = sheet.itemById("map")
        found[sheet.name()] = {
            "items": items,
            "exported": pdf == QgsLayoutExporter.Success,
            "theme": the_map.followVisibilityPresetName(),
            "grid": the_map.grid().enabled() and the_map.grid().crs().authid() == "EPSG:4326",
            "title": sheet.itemById("title").currentText(),
            "disclaimer": sheet.itemById("disclaimer").currentText(),
        }
    return found


def main():
    application = QgsApplication([], False)
    application.initQgis()
    project, folder = QgsProject.instance(), Path(sys.argv[2])
    read = project.read(sys.argv[1])
    root, times = project.layerTreeRoot(), project.timeSettings().temporalRange()
    measure = QgsDistanceArea()
    measure.setEllipsoid(project.ellipsoid())
    measure.setSourceCrs(QgsCoordinateReferenceSystem("EPSG:4326"), project.transformContext())
    nodes = root.findLayers()
    layers = {node.layer().publicSource().split("layername=")[-1]: node.layer() for node in nodes if node.layer()}
    found = {
        "read": read,
        "unresolved": [node.name() for node in nodes if not node.layer()],
        "crs": project.crs().authid(),
        "ellipsoid": project.ellipsoid(),
        "units": [project.distanceUnits(), project.areaUnits()],
        "title": project.title(),
        "abstract": project.metadata().abstract(),
        "relative": project.readEntry("Paths", "/Absolute")[0],
        "groups": [group.name() for group in root.findGroups()],
        "checked": [node.name() for node in nodes if node.isVisible()],
        "times": [times.begin().toString("yyyy-MM-dd"), times.end().toString("yyyy-MM-dd")],
        "layers": {key: layer_seen(layer) for key, layer in layers.items()},
        "overlaps": {key: overlaps_km2(layer, measure) for key, layer in layers.items() if key.startswith("zone-")},
        "themes": {
            theme: render(project, theme, folder / f"theme-{number}.png")
            for number, theme in enumerate(project.mapThemeCollection().mapThemes())
        },
        "sheets": sheets(project, folder),
    }
    sys.stdout.write(json.dumps(found) + "\n")
    sys.stdout.flush()
    os._exit(0)  # QGIS crashes while it cleans up without a screen


main()
