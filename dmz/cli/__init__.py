"""Say the library's verbs on the command line: make maps and zones, check inputs, ask for tables."""

from dmz.cli import (
    auditing,
    chances,
    corridors,
    deriving,
    exposure,
    handing,
    locating,
    making,
    patrols,
    posts,
    status,
    strip,
)
from dmz.cli.shell import app, main

__all__ = [
    "app",
    "auditing",
    "chances",
    "corridors",
    "deriving",
    "exposure",
    "handing",
    "locating",
    "main",
    "making",
    "patrols",
    "posts",
    "status",
    "strip",
]
