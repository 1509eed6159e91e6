"""Write the report an officer would send, as Markdown and as one HTML page: the answer first, then what it rests on."""

from __future__ import annotations

import base64
import html
from collections import Counter
from collections.abc import Mapping

import pandas as pd
from markdown_it import MarkdownIt

from dmz import report
from dmz.compare import span
from dmz.dossier import Dossier
from dmz.findings import Findings

# Pictures stand where the text speaks of what they show: chapter to the beginning of their files' names.
PICTURES = {
    report.PEOPLE: "people",
    report.HOLDERS: "road-",
    report.PATROLS: "patrols",
    report.OBLIGATIONS: "obligations",
}
STYLE = """
:root { color-scheme: light; }
body { font: 15px/1.5 system-ui, "Segoe UI", "Noto Sans", "Noto Sans Arabic", sans-serif; color: #1a1a1a;
  max-width: 52rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.7rem; line-height: 1.2; } h2 { font-size: 1.2rem; margin-top: 2.2rem; }
table { border-collapse: collapse; width: 100%; font-size: 0.86rem; margin: 1rem 0; }
th, td { text-align: start; vertical-align: top; padding: 0.3rem 0.7rem 0.3rem 0; border-bottom: 1px solid #d4d4d4; }
th { border-bottom-color: #5c5c5c; } img { max-width: 100%; height: auto; }
blockquote { margin: 1rem 0; padding: 0.2rem 1rem; border-inline-start: 4px solid #a50f15; background: #faf6f2; }
code { font-size: 0.9em; overflow-wrap: anywhere; }
@media print { body { max-width: none; margin: 0; } h2 { break-after: avoid; } table, img { break-inside: avoid; } }
"""


def markdown(findings: Findings, dossier: Dossier, *, version: str, pictures: Mapping[str, str]) -> str:
    """Report as Markdown.

    Parameters
    ----------
    findings, dossier
        What it is about.
    version
        Version of dmz, for the method.
    pictures
        Files to show, by caption, relative to where the report will stand: the map first.
    """
    agreement = findings.agreement
    chapters = report.chapters(findings, dossier, version)
    (caption, shown), *charts = pictures.items()
    parts = [
        f"# {agreement.title.en}",
        f"{agreement.place.en}. Agreement of {agreement.date.day} {agreement.date:%B %Y}.",
        "## In short",
        "\n".join(f"- {sentence}" for sentence in answer(findings, dossier)),
        report.limits(findings),
        f"![{caption}]({shown})",
        agreement.summary,
    ]
    for heading, text in chapters.items():
        parts += [f"## {heading}", text, *_shown(charts, PICTURES.get(heading, ""))]
    return "\n\n".join(part for part in parts if part) + "\n"


def page(text: str, *, title: str, files: Mapping[str, bytes]) -> str:
    """Report as one HTML page that needs nothing else: pictures inside, no script, nothing fetched.

    Parameters
    ----------
    text
        Markdown; HTML in it is shown, not obeyed.
    title
        Of the page.
    files
        Content of the PNG files that the text shows, by the path it names them by.
    """
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = reader.parse(text)
    for token in (inner for outer in tokens for inner in outer.children or []):
        if token.type == "image":
            raw = files.get(str(token.attrs["src"]))
            token.attrs["src"] = f"data:image/png;base64,{base64.b64encode(raw).decode()}" if raw else ""
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    return (
        '<!DOCTYPE html>\n<html lang="en" dir="ltr">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        f"{reader.renderer.render(tokens, reader.options, {})}</body>\n</html>\n"
    )


def answer(findings: Findings, dossier: Dossier) -> list[str]:
    """Sentences that answer what is asked first: how large, whose, who lives there, which roads, what was kept."""
    table, agreement = findings.comparison, findings.agreement
    row, first = table.iloc[0], agreement.readings[0]
    area = span(row["area_core_km2"], row["area_full_km2"])
    said = [f"Read as “{first.name.en}”, the zone covers **{area} km²**."]
    if len(table) > 1:
        least, most = table["area_core_km2"].min(), table["area_full_km2"].max()
        said.append(
            f"Over all {len(table)} readings of the text it covers {span(least, most)} km²: which reading is meant "
            f"{'changes' if _reading_moves(table) else 'does not change'} more than which depth is taken."
        )
    if "settlements_core" in table:
        said.append(_settlements(row))
    roads = [
        f"{road.name.en} {span(row[f'{name}_core_km'], row[f'{name}_full_km'])} km"
        for road in agreement.corridors
        if f"{(name := road.id.replace('-', '_'))}_core_km" in row
    ]
    if roads:
        said.append(f"Roads inside it: {'; '.join(roads)}.")
    return [*said, *_kept(dossier)]


def _reading_moves(table: pd.DataFrame) -> bool:
    """Whether the area changes more from reading to reading than from the least to the greatest depth of one."""
    between = table["area_full_km2"].max() - table["area_full_km2"].min()
    within = (table["area_full_km2"] - table["area_core_km2"]).max()
    return bool(between > within)


def _settlements(row: pd.Series) -> str:
    listed = span(row["settlements_core"], row["settlements_full"])
    silent = span(row["settlements_population_unknown_core"], row["settlements_population_unknown_full"])
    if pd.isna(row["population_known_core"]):
        return f"{listed} settlements of the layer lie in it; how many people live there is unknown."
    known = span(row["population_known_core"], row["population_known_full"])
    people = f"at least {known} people live in those whose population is known"
    return f"{listed} settlements of the layer lie in it; {people}, and of {silent} nobody gives a figure."


def _kept(dossier: Dossier) -> list[str]:
    """How many obligations stood how on the last day."""
    if dossier.obligations is None:
        return []
    last = dossier.obligations.groupby(["obligation", "reading"], dropna=False, sort=False).tail(1)
    kinds = last.groupby("obligation", sort=False)["kind"].agg(
        lambda found: " or ".join(dict.fromkeys(map(str, found)))
    )
    counted = ", ".join(f"{number} {kind}" for kind, number in Counter(kinds).most_common())
    return [f"Of {len(kinds)} obligations, as known on {dossier.last_day}: {counted}."]


def _shown(charts: list[tuple[str, str]], beginning: str) -> list[str]:
    """Pictures whose file begins so."""
    if not beginning:
        return []
    return [f"![{caption}]({path})" for caption, path in charts if path.rsplit("/", 1)[-1].startswith(beginning)]
