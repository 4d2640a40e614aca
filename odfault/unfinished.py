"""The unfinished output: laid down or gone on with, and given its name and its sidecar at the very end."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

from odfault import __version__
from odfault.chunked.laying import discard
from odfault.identity import state_of
from odfault.journal import Journal
from odfault.kinds import finish, lay_down_answers
from odfault.lock import TAIL
from odfault.plan import Plan
from odfault.segy.refusal import disk_error

COMPANIONS = (".part", ".journal", ".json", ".json.part", TAIL)
"""Ends of the names of what stands beside the output, for a while or for good."""


class Unfinished:
    """What a run writes, under another name until it is whole.

    Parameters
    ----------
    plan : Plan
        What the run does.
    out : Path
        The output.
    made : dict
        Precision and engine in fact.

    Attributes
    ----------
    part : Path
        The unfinished file or store.
    journal : Journal
        What is done of it.
    """

    def __init__(self, plan: Plan, out: Path, made: dict[str, str]) -> None:
        self.plan, self.out, self.made = plan, out, made
        self.part, self.sidecar = (out.with_name(out.name + tail) for tail in (".part", ".json"))
        self.journal = Journal(out.with_name(out.name + ".journal"), settings_of(plan, made))

    def begin(self, *, bare: bool = False) -> bool:
        """Go on with an earlier run's work, or lay the file down anew; tell whether there was such work.

        bare : leave out the headers of traces, see ``kinds.lay_down_answers``
        """
        resumed = self.journal.resume() and self.part.exists()
        if not resumed:
            self._lay_down(bare=bare)
        return resumed

    def _lay_down(self, *, bare: bool) -> None:
        """Lay the unfinished file down; a journal that tells of an earlier one goes first, and then that one.

        A worker that is still at the earlier one may have opened it: it must not be this file.
        """
        self.journal.forget()
        plan, options = self.plan, self.plan.options
        crests = ", its crests" if options.thin else ""
        history = f"odfault {__version__}: {plan.made} by {plan.card.name}{crests}"
        try:
            if self.part.is_file() or self.part.is_dir():  # a device, or a link to one, stays
                discard(self.part)
            self.journal.begin(
                lay_down_answers(
                    plan.region, self.part, history, name=plan.name, depth=options.depth, bare=bare
                ),
                bare=bare,
            )
        except OSError as error:
            raise disk_error(self.part, error) from error
        except BaseException:
            self.clear()
            raise

    def finish(self, checksum: str, remarks: list[str]) -> None:
        """Write the sidecar and give the file its name; what stood there is gone.

        checksum : of the input
        remarks : what is told of the run
        """
        story = self._tell(checksum, remarks)
        fresh = self.sidecar.with_name(self.sidecar.name + ".part")
        title = f"{self.plan.made} by {self.plan.card.name}"
        try:
            fresh.write_text(json.dumps(story, indent=1, default=str) + "\n", "utf-8")
            fresh.replace(self.sidecar)
            finish(self.part, self.out, name=self.plan.name, title=title, story=story)
        except OSError as error:
            fresh.unlink(missing_ok=True)
            raise disk_error(self.out, error) from error
        self.journal.forget()

    def clear(self) -> None:
        """Throw the work away."""
        discard(self.part)
        self.journal.forget()

    def _tell(self, checksum: str, remarks: list[str]) -> dict[str, Any]:
        """Tell in the sidecar how the output was made, and of what."""
        plan, lens = self.plan, self.plan.way.lens
        chosen = {**dataclasses.asdict(plan.options), **self.made}
        return {
            "odfault": __version__,
            "model": plan.card.name,
            "weights_sha256": plan.card.sha256,
            "input": plan.survey.path.name,
            "input_sha256": checksum,
            "options": {**chosen, "scale": lens.scale, "average": lens.average},
            "remarks": remarks,
        }


def settings_of(plan: Plan, made: dict[str, str]) -> dict[str, Any]:
    """Gather all that decides the bytes of the result.

    made : precision and engine in fact
    """
    words = {**dataclasses.asdict(plan.options), "model": plan.card.name, "weights": plan.card.sha256}
    del words["familiar"]
    return {
        **words,
        "scale": plan.way.lens.scale,
        "average": plan.way.lens.average,
        "odfault": __version__,
        **made,
        "input": state_of(plan.survey.path),
        "layout": str(plan.survey.layout),
    }
