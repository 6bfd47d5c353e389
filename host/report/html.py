# SPDX-License-Identifier: Apache-2.0
"""Pieces of a page that needs nothing but itself: the style sheet, tables, the frame. Words are escaped here."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

# Colours: Okabe and Ito's set that colour-blind readers tell apart ("Color universal design", 2008), darkened for
# light and lightened for dark backgrounds so that labels in them keep a contrast of 4.5 : 1.
_STYLE = """
:root{color-scheme:light dark;--paper:#fff;--ink:#1b1f24;--soft:#57606a;--line:#d7dbe0;--panel:#f5f6f8;
--c0:#0062a3;--c1:#b04a00;--c2:#00704f;--c3:#8d3b73;--c4:#1b1f24;--c5:#7a6000;
--masked:#e3e7ec;--tolerated:#9fcbee;--critical:#e08a3c;--unanswered:#5b4a8a;--mark:#1b1f24}
@media (prefers-color-scheme:dark){:root{--paper:#14171b;--ink:#e7eaee;--soft:#a3acb7;--line:#363c44;--panel:#1d2127;
--c0:#62b3ee;--c1:#f0954d;--c2:#3fc79a;--c3:#d990c0;--c4:#e7eaee;--c5:#e0c35a;
--masked:#3a424c;--tolerated:#2f6ea3;--critical:#c46a1c;--unanswered:#a797dd;--mark:#f4f6f8}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:68rem;padding:1.5rem 1rem 3rem;background:var(--paper);color:var(--ink);
font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;overflow-wrap:anywhere}
h1{font-size:1.6rem;line-height:1.25;margin:0 0 .25rem}h2{font-size:1.2rem;margin:2.4rem 0 .6rem}
h3{font-size:1rem;margin:1.4rem 0 .4rem}p{margin:.5rem 0}.soft,figcaption,caption{color:var(--soft);font-size:.9rem}
.verdict{font-size:1.12rem;border-left:4px solid var(--c0);padding:.4rem 0 .4rem .9rem;margin:1rem 0}
.warn{border-left:4px solid var(--c1);padding:.2rem 0 .2rem .9rem}
figure{margin:.8rem 0}svg{display:block;width:100%;height:auto}
svg.wide{max-width:860px}svg.narrow{display:none;max-width:420px}
@media (max-width:600px){svg.wide{display:none}svg.narrow{display:block}}
svg text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;fill:var(--ink)}
svg text.axis,svg text.note{fill:var(--soft)}svg text.label{font-weight:600}
.grid{stroke:var(--line);stroke-width:1}.tick{stroke:var(--soft);stroke-width:1}
.golden{stroke-width:1.3;stroke-dasharray:6 4;opacity:.75}.band{opacity:.2;stroke:none}
.line{fill:none;stroke-width:2.2}.whisker{stroke-width:1.3}.leader{fill:none;stroke-width:1;opacity:.6}
.dot{stroke-width:1}.d1{stroke-dasharray:9 3}.d2{stroke-dasharray:3 3}.d3{stroke-dasharray:9 3 2 3}
.s0{stroke:var(--c0)}.s1{stroke:var(--c1)}.s2{stroke:var(--c2)}.s3{stroke:var(--c3)}.s4{stroke:var(--c4)}
.s5{stroke:var(--c5)}.ink{stroke:var(--ink)}
.f0{fill:var(--c0)}.f1{fill:var(--c1)}.f2{fill:var(--c2)}.f3{fill:var(--c3)}.f4{fill:var(--c4)}.f5{fill:var(--c5)}
svg text.f0{fill:var(--c0)}svg text.f1{fill:var(--c1)}svg text.f2{fill:var(--c2)}svg text.f3{fill:var(--c3)}
svg text.f4{fill:var(--c4)}svg text.f5{fill:var(--c5)}
.o-masked{fill:var(--masked);stroke:var(--soft);stroke-width:.7}.o-tolerated{fill:var(--tolerated)}
.o-critical{fill:var(--critical)}.o-unanswered{fill:var(--unanswered)}.outline{stroke:var(--soft);stroke-width:.7}
.dotted{fill:var(--mark);opacity:.6}.hatch{stroke:var(--mark);stroke-width:1.1;fill:none;opacity:.55}
.bar{fill:var(--c0);opacity:.75}.unsure{fill:none;stroke:var(--c0);stroke-dasharray:3 2}
.scroll{overflow-x:auto;max-width:100%}.scroll:focus-visible{outline:2px solid var(--c0)}
table{border-collapse:collapse;font-size:.84rem;font-variant-numeric:tabular-nums}
caption{text-align:left;padding:.2rem 0}th,td{padding:.28rem .5rem;border-bottom:1px solid var(--line);text-align:right;
overflow-wrap:normal}thead th{vertical-align:bottom}th{font-weight:600}table.num td,table.num th{white-space:nowrap}
th[scope=row],th:first-child,table.words td{text-align:left}
table.words{width:100%}table.words th{width:13rem;vertical-align:top}
table.words td{overflow-wrap:anywhere}table.heat td{background:color-mix(in srgb,var(--c1) var(--a,0%),transparent)}
@media (max-width:600px){h1{font-size:1.35rem}th,td{padding:.28rem .4rem}table.words th{width:7.5rem}}
pre{background:var(--panel);padding:.7rem .9rem;white-space:pre-wrap;overflow-wrap:anywhere;border-radius:4px;
font-size:.85rem}code{font-family:ui-monospace,"DejaVu Sans Mono",monospace;font-size:.92em}
details{margin:.8rem 0}summary{cursor:pointer;color:var(--c0)}
@media print{body{max-width:none}}
"""


def paragraph(words: str, class_: str = "") -> str:
    """A paragraph of plain words."""
    return f'<p class="{class_}">{escape(words)}</p>' if class_ else f"<p>{escape(words)}</p>"


def section(heading: str, name: str, content: str) -> str:
    """A section with its heading; ``name`` is its anchor, the content is markup."""
    return f'<section aria-labelledby="{name}"><h2 id="{name}">{escape(heading)}</h2>\n{content}\n</section>\n'


def figure(chart: str, caption: str) -> str:
    """A chart (markup) with its caption."""
    return f"<figure>{chart}<figcaption>{escape(caption)}</figcaption></figure>"


def details(summary: str, content: str) -> str:
    """What is shown on demand; the content is markup."""
    return f"<details><summary>{escape(summary)}</summary>{content}</details>"


def table(
    caption: str, head: Sequence[str], rows: Sequence[Sequence[str]], shades: Sequence[Sequence[float]] | None = None
) -> str:
    """A table of numbers whose first column names the row; wide ones scroll by themselves.

    Parameters
    ----------
    caption
        What it shows.
    head, rows
        Words of the cells.
    shades
        Share of the deepest shade (0 … 1) behind each cell after the first column; None for no shades.
    """
    columns = "".join(f'<th scope="col">{escape(words)}</th>' for words in head)
    body = []
    for i, (first, *others) in enumerate(rows):
        cells = [f'<th scope="row">{escape(first)}</th>']
        for j, words in enumerate(others):
            # so light that the words keep their contrast
            style = f' style="--a:{45 * shades[i][j]:.0f}%"' if shades else ""
            cells.append(f"<td{style}>{escape(words)}</td>")
        body.append(f"<tr>{''.join(cells)}</tr>")
    class_ = "num heat" if shades else "num"
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(caption)}"><table class="{class_}">'
        f"<caption>{escape(caption)}</caption><thead><tr>{columns}</tr></thead>"
        f"<tbody>{''.join(body)}</tbody></table></div>"
    )


def facts(caption: str, rows: Sequence[tuple[str, str]]) -> str:
    """A table of names and what they are."""
    body = "".join(f'<tr><th scope="row">{escape(name)}</th><td>{escape(words)}</td></tr>' for name, words in rows)
    return f'<table class="words"><caption>{escape(caption)}</caption><tbody>{body}</tbody></table>'


def page(title: str, content: str) -> str:
    """The whole document; the content is markup."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n{content}</main>\n"
        "</body>\n</html>\n"
    )
