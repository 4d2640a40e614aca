"""Survey to survey: SEG-Y file or chunked store in, fault probability out, bounded in memory, resumable."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from odfault.familiar_file import check_familiar
from odfault.inference import Network
from odfault.kinds import check_target, open_survey
from odfault.lock import hold
from odfault.options import Options
from odfault.ours import check_replaced
from odfault.plan import make_plan
from odfault.progress import Progress
from odfault.running import Report, answer, spread
from odfault.unfinished import COMPANIONS


def run(
    in_path: str | Path,
    out_path: str | Path,
    *,
    progress: Progress = lambda done, total: None,
    network: Network | None = None,
    client: Any = None,
    replace: bool = False,
    told: Callable[[str], None] = lambda said: None,
    **options: Any,
) -> Report:
    """Write the fault probability of a SEG-Y file into another, alike in all but its samples.

    Either may be a chunked store instead, a name that ends in ``.zarr`` or ``.mdio``.

    With a network that answers noise it is the seismic without that noise.

    Killed at any moment it leaves nothing under the output's name, and called again it goes on where it
    stopped, with the same bytes in the end.

    Parameters
    ----------
    in_path, out_path : str or Path
        The survey and the file or store to write; an earlier one of ours is replaced at the very end.
    progress : callable
        Told how far it is.
    network : callable, optional
        A network loaded before, to be used again; it must fit the options.
    client : distributed.Client, optional
        Of a Dask cluster whose workers do the work; the bytes are those of a run on one machine.
    replace : bool
        Take the place of a file that odfault did not write, too.
    told : callable
        Told what is waited for.
    **options
        The words of ``Options``.

    Returns
    -------
    Report
        What was done.

    Raises
    ------
    OdfaultError
        If the input cannot be read, the output cannot be written or is being written by another run, or an
        option makes no sense.
    """
    chosen = Options.of("odfault.run", options)
    source, out = Path(in_path), Path(out_path)
    with open_survey(source, vars(chosen)) as survey:
        check_target(survey, out, COMPANIONS)
        check_replaced(out, replace=replace)
        check_replaced(out.with_name(out.name + ".json"), replace=replace)
        if chosen.familiar is not None:
            check_familiar(survey, Path(chosen.familiar), out, COMPANIONS)
            check_replaced(Path(chosen.familiar), replace=replace)
        with contextlib.ExitStack() as held:
            for name in (out, chosen.familiar):
                if name is not None:
                    held.enter_context(hold(Path(name)))
            plan = make_plan(survey, chosen)
            if client is not None:
                return spread(plan, out, client, progress=progress, told=told)
            return answer(plan, out, network, progress)
