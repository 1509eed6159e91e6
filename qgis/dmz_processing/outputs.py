"""Hand what dmz wrote over to where the user wants it."""

from qgis.core import QgsProcessingException, QgsVectorFileWriter, QgsVectorLayer


def handed_over(algorithm, made, parameters, context, name="OUTPUT"):
    """Write a GeoJSON of dmz to the destination of a parameter, in the format its name asks for; return it."""
    target = algorithm.parameterAsOutputLayer(parameters, name, context)
    layer = QgsVectorLayer(made, name.lower(), "ogr")
    if not layer.isValid():
        raise QgsProcessingException(f"{made}: dmz wrote no layer that QGIS can read")
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.driverName = QgsVectorFileWriter.driverForExtension(target.rsplit(".", 1)[-1]) or "GPKG"
    done = QgsVectorFileWriter.writeAsVectorFormatV3(layer, target, context.transformContext(), options)
    if done[0] != QgsVectorFileWriter.NoError:
        raise QgsProcessingException(f"{target}: cannot be written: {done[1]}")
    return target
