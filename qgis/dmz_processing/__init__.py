"""Processing algorithms of QGIS that run the dmz library in its own environment."""


def classFactory(iface):
    from .plugin import Plugin

    return Plugin(iface)
