"""What a run says of itself."""

from probe.model.outcome import Outcome
from probe.model.run import Run, StepResult, StreamSeen
from probe.model.state import Plane


def test_the_stream_of_a_run_is_that_of_its_first_step_that_has_one() -> None:
    streams = (None, StreamSeen(first_token_s=0.1), StreamSeen(first_token_s=0.9))
    run = Run(
        id="r1",
        service="acme",
        path="api",
        plane=Plane.DATA,
        started_at=0.0,
        duration_s=1.0,
        outcome=Outcome.OK,
        steps=tuple(
            StepResult(name=f"step{n}", outcome=Outcome.OK, duration_s=0.1, stream=stream)
            for n, stream in enumerate(streams)
        ),
    )
    assert run.stream is streams[1]
