"""What a run says of itself."""

from dataclasses import replace

from made_runs import a_run

from probe.model.outcome import Outcome, Phase
from probe.model.run import Run, StepResult, StreamSeen
from probe.model.state import Plane

STEP = StepResult(name="step", outcome=Outcome.OK, duration_s=0.1)


def run_of(*steps: StepResult) -> Run:
    return a_run(path="api", plane=Plane.DATA, steps=steps)


def test_the_stream_of_a_run_is_that_of_its_first_step_that_has_one() -> None:
    streams = (None, StreamSeen(first_token_s=0.1), StreamSeen(first_token_s=0.9))
    run = run_of(*(replace(STEP, stream=stream) for stream in streams))
    assert run.stream is streams[1]


def test_the_certificate_of_a_run_is_the_first_to_expire() -> None:
    expiries = (None, 900.0, 500.0)
    run = run_of(*(replace(STEP, certificate_expires_at=at) for at in expiries))
    assert run.certificate_expires_at == 500.0
    assert run_of(STEP).certificate_expires_at is None


def test_the_phases_of_a_run_are_summed_over_its_steps() -> None:
    first = replace(STEP, phases={Phase.CONNECT: 0.25, Phase.PROCESSING: 0.5})
    run = run_of(first, replace(STEP, phases={Phase.PROCESSING: 0.25}))
    assert run.phases == {Phase.CONNECT: 0.25, Phase.PROCESSING: 0.75}
