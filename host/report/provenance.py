# SPDX-License-Identifier: Apache-2.0
"""What made a run and what makes it again: settings, invocations, events, the command."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from pathlib import Path

from host.report import html
from host.report.run_data import Run
from host.results import RunFolder, schema
from host.toolchain import ROOT

_SINGLE = {"board": "--board", "network": "--network", "wiring": "--wiring", "campaign_seed": "--seed"}
_BEAM = (
    ("duration", "--duration", "s"),
    ("slices", "--slices", ""),
    ("scrub_interval", "--scrub-interval", "s"),
    ("scrub_from", "--scrub-from", ""),
    ("slice_pictures", "--slice-pictures", ""),
)
_SETTINGS = "Settings of the campaign; results/README.md says what each means."
_GEOMETRY = "Capabilities of the board (docs/registers.md)."
_MOST_EVENTS, _MOST_INVOCATIONS = 50, 12
_COUNTERS = {
    "clock_hz": "clock, Hz",
    "baud": "link, bit/s",
    "requests": "requests",
    "retries": "of them repeats",
    "bytes_sent": "bytes sent",
    "bytes_received": "bytes received",
    "reloads": "stores loaded again",
}


def settings_table(run: Run) -> str:
    """All settings of the campaign, the board's geometry and the versions of the invocations, as tables."""
    order = [column.name for column in schema.SETTINGS]
    names = sorted(run.settings, key=lambda name: order.index(name) if name in order else len(order))
    rows = [(name, _readable(run.settings[name])) for name in names if name != "geometry"]
    versions = dict.fromkeys(str(one["versions"]) for one in run.invocations)
    rows += [("versions", _readable(text)) for text in versions]
    text = run.text("geometry", "{}")
    try:
        geometry = json.loads(text)
    except ValueError:
        geometry = None
    if not isinstance(geometry, Mapping):
        return html.facts(_SETTINGS, [*rows, ("geometry", text)])
    parts = [(name.replace("_", " "), _readable(json.dumps(value))) for name, value in geometry.items()]
    return html.facts(_SETTINGS, rows) + html.details("Geometry of the board", html.facts(_GEOMETRY, parts))


def invocations_table(run: Run) -> str:
    """A column for each time the campaign was started, with what the link carried."""
    if not run.invocations:
        return html.paragraph("Not recorded.")
    shown = run.invocations[:_MOST_INVOCATIONS]
    rows = [
        ["started (UTC)", *(_moment(one["started"], "") for one in shown)],
        ["ended", *(_moment(one["ended"], "killed") for one in shown)],
    ]
    for name, words in _COUNTERS.items():
        rows.append([words, *("–" if one[name] is None else f"{one[name]:,}" for one in shown)])
    head = ["invocation", *(str(i + 1) for i in range(len(shown)))]
    more = len(run.invocations) - len(shown)
    note = html.paragraph(f"{more} more are in results.sqlite.") if more else ""
    return html.table("Invocations and counters of the link; a board without a link counts nothing.", head, rows) + note


def events_table(run: Run) -> str:
    """What went wrong and was put right."""
    if not run.events:
        return html.paragraph("Nothing had to be put right.")
    shown = [(_moment(one["time"], ""), str(one["text"])) for one in run.events[:_MOST_EVENTS]]
    more = len(run.events) - len(shown)
    note = html.paragraph(f"{more} more are in results.sqlite.") if more else ""
    return html.facts("What was put right.", shown) + note


def command(run: Run) -> str:
    """The command that makes the run again, into a folder of its own; a line for each option."""
    lines = [["python", "-m", "host.campaign"]]
    lines += [[flag, run.text(name)] for name, flag in _SINGLE.items() if run.settings.get(name) is not None]
    if "protect" in run.settings:
        lines.append(["--protect", *_listed(run, "protect")])
    if "inject" in run.settings:
        lines.append(["--inject", run.inject])
    if run.inject == "sweep":
        lines.append(["--ber", *_listed(run, "ber")])
    if run.inject == "list" or run.settings.get("stuck_at") is not None:
        # the run's own copy: the file that was typed may have changed
        lines.append(["--faults", str(RunFolder(_shown(run.folder or Path(run.name))).faults)])
    if run.settings.get("stuck_at") is not None:
        lines.append(["--stuck-at", run.text("stuck_at")])
    if run.settings.get("pattern", "1x1") != "1x1":
        lines.append(["--pattern", run.text("pattern"), "--interleave", run.text("interleave")])
    if run.inject == "beam":
        lines.append(["--upset-rate", *_listed(run, "upset_rate")])
        lines += [[flag, f"{run.text(name)}{unit}"] for name, flag, unit in _BEAM if run.settings.get(name) is not None]
        lines += [["--any-cycle"]] if run.settings.get("any_cycle") else []
    if run.settings.get("trials") is not None:
        lines.append(["--trials", run.text("trials")])
    # a list names the bits itself
    lines += [["--stores", *_listed(run, "stores")]] if run.inject != "list" else []
    lines.append(["--images", run.text("images")])
    return " \\\n    ".join(shlex.join(line) for line in lines)


def _shown(folder: Path) -> Path:
    """A folder as it is typed in the root of the project."""
    whole = folder.resolve()
    return whole.relative_to(ROOT) if whole.is_relative_to(ROOT) else whole


def _listed(run: Run, setting: str) -> list[str]:
    """A setting that is a JSON list, as words."""
    return [str(one) for one in json.loads(run.text(setting, "[]"))]


def _moment(time: object, missing: str) -> str:
    """A stored time to the second."""
    return missing if time is None else str(time)[:19].replace("T", " ")


def _readable(value: object) -> str:
    """A JSON object or list as plain words; anything else as text."""
    if value is None or value == "":
        return "–"
    try:
        found = json.loads(str(value))
    except ValueError:
        return str(value)
    if isinstance(found, Mapping):
        return "; ".join(f"{key.replace('_', ' ')} {_readable(json.dumps(one))}" for key, one in found.items())
    if isinstance(found, list):
        return ", ".join(_readable(json.dumps(one)) if isinstance(one, dict | list) else str(one) for one in found)
    return str(value).strip('"')
