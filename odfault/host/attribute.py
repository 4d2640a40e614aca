"""The attribute that the interpreter chose: from the file that was named, or from the host's windows."""

from __future__ import annotations

from typing import Any

import numpy as np

from odfault.at_hand import settle
from odfault.errors import OdfaultError
from odfault.host.menu import CLEANERS, MODELS, Choice, Parameters, find_margin, read_choice
from odfault.host.report import tell
from odfault.host.spans import find_wanted
from odfault.host.wire import Samples, SeisInfo, TrcInfo
from odfault.lens import own_lens
from odfault.undefined import clear


def make_fault_probability(parameters: Parameters, info: SeisInfo) -> FaultAttribute:
    """Open the network that the interpreter chose, as an attribute.

    Raises
    ------
    OdfaultError
        If there is no such model, or its files are missing or damaged.
    """
    return FaultAttribute(*_open(parameters, MODELS, "faults"), info)


def make_denoised(parameters: Parameters, info: SeisInfo) -> Denoised:
    """Open the network that takes noise away, as an attribute.

    Raises
    ------
    OdfaultError
        If there is no such model, or its files are missing or damaged.
    """
    return Denoised(*_open(parameters, CLEANERS, "noise"), info)


def _open(parameters: Parameters, models: dict[str, str], answers: str) -> tuple[Any, Choice]:
    """Open the network that the interpreter chose among some, and tell the choice."""
    from odfault.at_hand import hurry
    from odfault.engine import open_network

    hurry()
    choice = read_choice(parameters)
    if choice.model not in models:
        raise OdfaultError(f"no model {choice.model}", f"choose one of {', '.join(models)}")
    network = open_network(models[choice.model], answers=answers, at_once=True)
    if network.remark:
        tell(network.remark)
    return network, choice


class FaultAttribute:
    """Answers from the named file while the host's traces are the file's, else from the windows.

    Parameters
    ----------
    network : callable
        With its card, as ``engine.open_network`` gives it.
    choice : Choice
        What the interpreter chose.
    info : SeisInfo
        What the host says of all windows.

    Notes
    -----
    A step-out that is smaller than the network's halo is told of once; the network then sees windows that
    end where the survey would.
    """

    def __init__(self, network: Any, choice: Choice, info: SeisInfo) -> None:
        self._choice, self._info = choice, info
        self._lens = own_lens(network.card)
        self._network = self._lens.before(network)
        self._file = self._open() if choice.file else None
        self._windows: Any = None
        self._numbers = self._open_faults() if choice.faults else None

    def __call__(self, window: Samples, trace: TrcInfo) -> Samples:
        """Answer a window: probability and its crests, 0 in the margins; the fault's number if known."""
        settle()
        values = self._file(window, trace) if self._file else None
        if self._file and values is None:
            self._leave(f"{self._file.why}, inline {trace.inline}, crossline {trace.crossline}")
        if values is None:
            if self._windows is None:
                self._windows = self._look()
            values = self._windows(window, trace)
        if self._choice.lowest > 0:
            values = np.where(values >= self._choice.lowest, values, np.float32(0))
        if self._numbers is not None:
            values = np.concatenate([values[:2], self._numbers(window, trace)[:1]])
        return values

    def _open_faults(self) -> Any:
        from odfault.host.numbered import SingleFaults

        try:
            return SingleFaults(self._choice, self._info)
        except OdfaultError as error:
            tell(f"{error}; there are no numbers of faults")
        return None

    def _open(self) -> Any:
        from odfault.host.ahead import FromFile

        choice = self._choice
        try:
            return FromFile(choice.file, self._network, self._lens, choice.model, choice.margins)
        except (OdfaultError, OSError, MemoryError) as error:
            self._leave(str(error))
        return None

    def _leave(self, why: str) -> None:
        """Go over to the windows for good."""
        tell(f"{why}; from now on the answers come from the host's windows")
        self._file = None

    def _look(self) -> Any:
        from odfault.host.lookahead import LookAhead

        ahead = LookAhead(self._network, self._lens, self._choice.model, self._choice.margins)
        needed, given = ahead.halo, (self._info.inlines // 2, self._info.crosslines // 2)
        if any(n > g for n, g in zip(needed, given, strict=True)):
            tell(
                f"a step-out of {given[0]} {given[1]} is less than {self._choice.model} needs, and faults "
                f"will be poor: choose {needed[0]} {needed[1]} or more, or name the SEG-Y file"
            )
        margin, low = find_margin(self._lens.halo_shape[2], self._lens.grid_shape[2]), self._choice.margins
        if min(low) < margin:
            tell(
                f"a z margin of {min(low)} is less than {self._choice.model} needs for slices and parts of "
                f"traces: choose -{margin} {margin} there"
            )
        return ahead


class Denoised:
    """Seismic without its noise, and that noise, from the answers of a network for noise.

    Parameters
    ----------
    network, choice, info
        As of ``FaultAttribute``.
    """

    def __init__(self, network: Any, choice: Choice, info: SeisInfo) -> None:
        self._noise, self._margins = FaultAttribute(network, choice, info), choice.margins

    def __call__(self, window: Samples, trace: TrcInfo) -> Samples:
        """Answer a window: (2, samples), the centre trace without noise, and that noise; 0 in the margins."""
        from odfault.noise import take_away

        centre = window[0, window.shape[1] // 2, window.shape[2] // 2]
        clean = take_away(self._noise(window, trace)[0], centre)
        values, wanted = np.zeros((2, trace.samples), np.float32), find_wanted(trace.samples, self._margins)
        values[0, wanted] = clean[wanted]
        values[1, wanted] = clear(centre)[wanted] - clean[wanted]
        return values
