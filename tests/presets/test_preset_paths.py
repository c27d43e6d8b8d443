"""Each preset against its stand-in: well, silent, and taken for something else."""

import pytest
from presets_help import STAGES, judged, look, seen, staged
from standins import says

from probe.model.outcome import Outcome
from probe.model.state import Verdict

GRADES = ["public", "account"]


@pytest.mark.parametrize("grade", GRADES)
@pytest.mark.parametrize("name", STAGES)
async def test_every_path_of_a_preset_is_ok_where_its_provider_is_well(
    name: str, grade: str
) -> None:
    runs = await seen(name, grade)
    assert {path: run.outcome for path, run in runs.items()} == dict.fromkeys(runs, Outcome.OK)
    assert judged(staged(name, grade), runs.values()).status.verdict is Verdict.HEALTHY


@pytest.mark.parametrize("grade", GRADES)
@pytest.mark.parametrize("name", STAGES)
async def test_every_path_of_a_preset_fails_where_nobody_answers(name: str, grade: str) -> None:
    outcomes = {run.outcome for run in (await look(staged(name, grade))).values()}
    assert outcomes == {Outcome.CONNECT_FAILED}


@pytest.mark.parametrize("grade", GRADES)
@pytest.mark.parametrize("name", STAGES)
async def test_no_path_of_a_preset_takes_any_page_for_its_providers(name: str, grade: str) -> None:
    parked = says("<title>This domain is for sale</title>")
    runs = await seen(name, grade, dict.fromkeys(STAGES[name].routes(), parked))
    assert not [path for path, run in runs.items() if run.outcome.succeeded]
