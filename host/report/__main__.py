# SPDX-License-Identifier: Apache-2.0
"""``python -m host.report RUN``: make the page of a run anew."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from host.report.run_data import open_store
from host.results import ResultsError

_EPILOG = """\
examples:
  python -m host.report results/20260101-120000-sim-digits-mlp
  python -m host.report results/mine --interval bootstrap
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Write ``report.html``; the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m host.report",
        description="Make the page of a run anew from its rows: report.html in the run folder.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("run", metavar="RUN", type=Path, help="run folder")
    parser.add_argument(
        "--interval", choices=["student", "bootstrap"], default="student", help="kind of 95 %% interval"
    )
    typed = parser.parse_args(argv)
    try:
        with closing(open_store(typed.run)) as store:
            # SciPy takes seconds to import; what is typed wrong is told before.
            from host.report.page import write_report

            path = write_report(store, typed.run, typed.interval)
    except (ResultsError, OSError) as error:
        print(f"report: {error}", file=sys.stderr)
        return 1
    print(f"report: {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
