"""Run dmz in its own environment: find its Python, exchange files, show progress, say what went wrong."""

import os
import subprocess
import time

from processing.core.ProcessingConfig import ProcessingConfig
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsFeatureRequest,
    QgsProcessingException,
    QgsProcessingUtils,
    QgsVectorFileWriter,
)

SETTING = "DMZ_PYTHON"
MISSING = (
    "dmz was not found. This plugin installs nothing: make an environment of its own for dmz "
    "(python3 -m venv dmz; dmz/bin/pip install dmz), then name its Python, such as /home/me/dmz/bin/python, under "
    "Settings > Options > Processing > Providers > dmz, or in the environment variable DMZ_PYTHON."
)
# What QGIS sets for its own Python and libraries, and what would break another's.
OURS = (
    "PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP", "PROJ_LIB", "PROJ_DATA", "GDAL_DATA", "GDAL_DRIVER_PATH",
    "LD_LIBRARY_PATH", "LD_PRELOAD", "DYLD_LIBRARY_PATH", "QT_PLUGIN_PATH", "VIRTUAL_ENV",
)  # fmt: skip
# How often a run that says nothing is looked at, seconds; and how far a bar without a length goes by then.
LOOK_S, SLOW = 0.2, 20.0


def python():
    """Path of the Python that has dmz; empty where none is named."""
    return os.environ.get(SETTING) or ProcessingConfig.getSetting(SETTING) or ""


def can_run():
    """Whether a Python is named and there, and else what to do."""
    path = python()
    if not path:
        return False, MISSING
    if not os.path.isfile(path):
        return False, f"{path}: no such file. {MISSING}"
    return True, ""


def environment():
    """Environment of the run: the user's, without what QGIS set for itself."""
    return {name: value for name, value in os.environ.items() if name not in OURS}


def as_geojson(source, name, context, feedback):
    """Write a source of features, in whatever CRS, to a temporary GeoJSON in degrees; return its path."""
    path = QgsProcessingUtils.generateTempFilename(f"{name}.geojson")
    layer = source.materialize(QgsFeatureRequest(), feedback)
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.driverName = "GeoJSON"
    options.layerName = name
    options.layerOptions = ["RFC7946=YES"]
    degrees = QgsCoordinateReferenceSystem("EPSG:4326")
    options.ct = QgsCoordinateTransform(layer.crs(), degrees, context.transformContext())
    done = QgsVectorFileWriter.writeAsVectorFormatV3(layer, path, context.transformContext(), options)
    if done[0] != QgsVectorFileWriter.NoError:
        raise QgsProcessingException(f"the layer cannot be handed to dmz: {done[1]}")
    return path


def run(arguments, feedback):
    """Run ``python -m dmz`` with arguments; its lines go to the log, its errors into the exception.

    Raises
    ------
    QgsProcessingException
        Where dmz is missing, the user cancels, or dmz says that something is wrong: in dmz's own words.
    """
    able, reason = can_run()
    if not able:
        raise QgsProcessingException(reason)
    command = [python(), "-m", "dmz", *arguments]
    feedback.pushCommandInfo(" ".join(command))
    flags = getattr(subprocess, "CREATE_NO_WINDOW", 0)
    log = QgsProcessingUtils.generateTempFilename("dmz.log")
    with open(log, "w+", encoding="utf-8", errors="replace") as said:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            env=environment(),
            cwd=QgsProcessingUtils.tempFolder(),  # no folder of the user's is taken for a library
            creationflags=flags,
        )
        _watch(process, feedback)
        said.seek(0)
        lines = [line.rstrip("\n") for line in said]
    for line in lines:
        feedback.pushConsoleInfo(line)
    if feedback.isCanceled():
        raise QgsProcessingException("cancelled")
    if process.returncode:
        lacking = [line for line in lines if "No module named" in line]
        if lacking:
            raise QgsProcessingException(f"{command[0]}: {lacking[-1]}. {MISSING}")
        errors = [line.replace("error: ", "", 1) for line in lines if line.startswith("error:")]
        raise QgsProcessingException("\n".join(errors or lines[-5:]) or f"dmz ended with code {process.returncode}")
    feedback.setProgress(100)


def _watch(process, feedback):
    """Wait for the end: the bar nears its end the longer it takes, and a user who cancels is heard."""
    began = time.monotonic()
    while process.poll() is None:
        if feedback.isCanceled():
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            return
        spent = time.monotonic() - began
        feedback.setProgress(95 * spent / (spent + SLOW))
        time.sleep(LOOK_S)


def version():
    """What the environment has, for messages; empty where it has no dmz."""
    if not can_run()[0]:
        return ""
    command = [python(), "-m", "dmz", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment())
    return done.stdout.strip() if done.returncode == 0 else ""


__all__ = ["MISSING", "SETTING", "as_geojson", "can_run", "environment", "python", "run", "version"]
