# SPDX-License-Identifier: Apache-2.0
"""``python -m host.compare``: curves of two or more runs side by side."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import Path

from rich.console import Console

from host.results import ResultsError

_EPILOG = """\
examples:
  python -m host.compare results/mac results/lut-tables results/lut-wiring
  python -m host.compare results/mac results/lut --out results/mac-and-lut

Runs must have the same test set. compare.html, compare.png and compare.svg go into the folder of --out.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Compare; the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m host.compare",
        description="Show accuracy of two or more runs side by side, at equal bit error rate and at equal flips.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("runs", metavar="RUN", type=Path, nargs="+", help="run folders, two or more")
    parser.add_argument("--out", metavar="DIR", type=Path, help="where to write (default: a new folder in results/)")
    parser.add_argument(
        "--interval", choices=["student", "bootstrap"], default="student", help="kind of 95 %% interval"
    )
    typed = parser.parse_args(argv)
    # SciPy and matplotlib take seconds to import; what is typed wrong is told before.
    from host.report.comparison import CompareError, compare
    from host.report.comparison_figure import draw_comparison
    from host.report.comparison_page import comparison_page, print_comparison
    from host.report.run_data import open_store, read_run

    try:
        with ExitStack() as stores:
            runs = [read_run(stores.enter_context(closing(open_store(path))), path) for path in typed.runs]
            found = compare(runs, typed.interval)
        out = typed.out or Path("results") / f"{time.strftime('%Y%m%d-%H%M%S')}-comparison"
        out.mkdir(parents=True, exist_ok=True)
        stem = out / "compare"
        title = f"accuracy under bit flips: {runs[0].text('images')} pictures of {runs[0].text('test_set')}"
        pictures = draw_comparison(found, title, stem)
        page = stem.with_suffix(".html")
        page.write_text(comparison_page(found), encoding="utf-8")
    except (CompareError, ResultsError, OSError) as error:
        print(f"compare: {error}", file=sys.stderr)
        return 1
    console = Console(highlight=False)
    print_comparison(console, found)
    console.print(f"page: {page}; pictures: {', '.join(p.name for p in pictures)}", soft_wrap=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
