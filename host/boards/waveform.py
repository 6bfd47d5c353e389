# SPDX-License-Identifier: Apache-2.0
"""The waveform of one trial, recorded on the simulated board."""

from __future__ import annotations

from pathlib import Path

from host.boards.board import BoardError, Notify, TrialRecord
from host.boards.device import DeviceBoard
from host.boards.simulated import SimulatedBoard, parameters_for
from host.faults import Source
from host.image import MemoryImage
from host.link.session import LinkError, Session
from host.networks import TestSet
from host.twin import Inference


def record_trial(
    path: Path, image: MemoryImage, test_set: TestSet, golden: Inference, source: Source, number: int, notify: Notify
) -> TrialRecord:
    """Run one trial on a simulated board of its own and record its waveform, but not that of the loading.

    Parameters
    ----------
    path
        File for the waveform, in FST form; there when the trial has ended well.
    image, test_set, golden
        What is loaded (:meth:`host.boards.board.Board.load`).
    source, number
        The trial.
    notify
        Told in one sentence what is being done.

    Raises
    ------
    BoardError
        If the board cannot be built or cannot run the trial, or the file cannot be written.
    """
    fresh = path.with_name(path.name + ".new")
    try:
        # The program itself would end without a word.
        fresh.touch()
    except OSError as error:
        raise BoardError(f"{path} cannot be written ({error.strerror}): give another path for the waveform") from error
    try:
        program = SimulatedBoard.start(parameters=parameters_for(image), trace=fresh)
        try:
            record = _run(program, image, test_set, golden, source, number, notify)
        except LinkError as error:
            raise BoardError(f"the simulated board was lost ({error}): try again") from error
        finally:
            program.close()
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
    return record


def _run(
    program: SimulatedBoard,
    image: MemoryImage,
    test_set: TestSet,
    golden: Inference,
    source: Source,
    number: int,
    notify: Notify,
) -> TrialRecord:
    with Session.open(program.port, program.baud) as session:
        board = DeviceBoard(session, "sim", notify=notify)
        session.frame_words = board.identity.capabilities.frame_words
        notify("loading the simulated board …")
        board.load(image, test_set, golden)
        notify("recording the trial …")
        with program.recording():
            (record,) = board.run_trials(source, number, 1)
    return record
