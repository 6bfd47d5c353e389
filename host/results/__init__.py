# SPDX-License-Identifier: Apache-2.0
"""Results: a run folder, its database, its exports. results/README.md at the top of the project is the schema."""

from host.results.errors import ResultsError
from host.results.export import FORMATS, export, frame
from host.results.fault_file import read_faults, write_faults
from host.results.folder import RunFolder
from host.results.store import ResultsStore, RunInfo

__all__ = [
    "FORMATS",
    "ResultsError",
    "ResultsStore",
    "RunFolder",
    "RunInfo",
    "export",
    "frame",
    "read_faults",
    "write_faults",
]
