"""Say layers, their styles and a print layout in QGIS's own words: QML beside a file, and a whole project.

Nothing of QGIS is needed to write them; QGIS 3.22 and newer read them.
"""
