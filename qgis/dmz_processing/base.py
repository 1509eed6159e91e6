"""What the algorithms have in common."""

from qgis.core import QgsProcessingAlgorithm

from . import engine


class DmzAlgorithm(QgsProcessingAlgorithm):
    """An algorithm that dmz carries out."""

    NAME, TITLE, HELP, TAGS = "", "", "", ()

    def createInstance(self):
        return type(self)()

    def name(self):
        return self.NAME

    def displayName(self):
        return self.TITLE

    def group(self):
        return ""

    def groupId(self):
        return ""

    def tags(self):
        return [*self.TAGS, "dmz", "demilitarised zone", "buffer", "line of contact"]

    def shortHelpString(self):
        return self.HELP

    def canExecute(self):
        return engine.can_run()

    def given(self, parameters, context, pairs):
        """Flags of the command line for those text parameters that are not empty."""
        flags = []
        for flag, name in pairs:
            value = self.parameterAsString(parameters, name, context).strip()
            if value:
                flags += [flag, value]
        return flags
