# SPDX-License-Identifier: Apache-2.0
"""Fault sets, and the Bernoulli sweep that draws them (docs/faults.md). Pure."""

from host.faults.beam import NEVER
from host.faults.csv_form import FaultListError, format_fault_list, parse_fault_list
from host.faults.exposure import Scrubbed, Scrubbing, Stuck
from host.faults.exposures import Exposures
from host.faults.fault_set import FaultSet, pack_entry, unpack_entry
from host.faults.pattern import SINGLE_BIT, Pattern
from host.faults.sampling import flip_masks, sweep, threshold
from host.faults.source import FaultList, Source, Sweep, Walk

__all__ = [
    "NEVER",
    "SINGLE_BIT",
    "Exposures",
    "FaultList",
    "FaultListError",
    "FaultSet",
    "Pattern",
    "Scrubbed",
    "Scrubbing",
    "Source",
    "Stuck",
    "Sweep",
    "Walk",
    "flip_masks",
    "format_fault_list",
    "pack_entry",
    "parse_fault_list",
    "sweep",
    "threshold",
    "unpack_entry",
]
