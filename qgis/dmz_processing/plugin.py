"""The provider of the algorithms, and the plugin that adds it."""

from processing.core.ProcessingConfig import ProcessingConfig, Setting
from qgis.core import QgsApplication, QgsProcessingProvider

from .engine import SETTING
from .line import LineFromControlPoints
from .locate import LocateInZones
from .zone import ZoneFromLine


class Provider(QgsProcessingProvider):
    """Algorithms under "dmz" in the toolbox."""

    def id(self):
        return "dmz"

    def name(self):
        return "dmz"

    def longName(self):
        return "dmz: demilitarised zones"

    def load(self):
        ProcessingConfig.settingIcons[self.name()] = self.icon()
        ProcessingConfig.addSetting(
            Setting(self.name(), SETTING, "Python that has dmz installed", "", valuetype=Setting.FILE)
        )
        ProcessingConfig.readSettings()
        self.refreshAlgorithms()
        return True

    def unload(self):
        ProcessingConfig.removeSetting(SETTING)

    def loadAlgorithms(self):
        for algorithm in (ZoneFromLine, LocateInZones, LineFromControlPoints):
            self.addAlgorithm(algorithm())


class Plugin:
    """What QGIS loads."""

    def __init__(self, iface=None):
        self.iface = iface
        self.provider = None

    def initProcessing(self):
        """Add the provider; called on its own by qgis_process."""
        self.provider = Provider()
        QgsApplication.processingRegistry().addProvider(self.provider)

    def initGui(self):
        self.initProcessing()

    def unload(self):
        if self.provider is not None:
            QgsApplication.processingRegistry().removeProvider(self.provider)
