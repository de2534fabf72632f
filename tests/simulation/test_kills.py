"""A real SIGKILL at every named point: the batch comes to its end, once."""

from __future__ import annotations

from pathlib import Path

import pytest

from .kills import EVERY, Campaign
from .run import MODES


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
def test_an_approved_batch_survives_a_kill_at_every_named_point(template: Path, tmp_path: Path, mode: str) -> None:
    campaign = Campaign(template, tmp_path, mode, seed=0)
    for point in EVERY:
        campaign.one_death(point)
        assert campaign.found["died as told"] == campaign.found["batches"], point
    found = campaign.found
    harm = [found[name] for name in ("doubles", "lost", "unfinished", "hung", "log broken")]
    # Three payments at each point.
    assert (found["finished"], harm) == (3 * len(EVERY), [0, 0, 0, 0, 0])
