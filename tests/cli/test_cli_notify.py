"""`probe notify --test` says of each channel whether a message was accepted."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from processes import free_port
from sinks import WebSink
from typer.testing import CliRunner

from probe.cli.commands import app
from probe.reporting.notify.posting import Poster

SERVICE = """
services:
  - name: acme
    paths: [{name: api, plane: data, steps: [{request: GET http://x.invalid/}]}]
"""


def configured(folder: Path, *channels: str) -> str:
    file = folder / "probe.yaml"
    file.write_text(f"notifications: [{', '.join(channels)}]\n{SERVICE}")
    return str(file)


def test_each_channel_is_told_and_one_that_fails_shows_in_line_and_exit_status(
    tmp_path: Path, sink: WebSink
) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}/hunter2"
    file = configured(
        tmp_path,
        f'{{name: router, webhook: "{sink.address}/"}}',
        f'{{name: gone, webhook: "{nowhere}"}}',
    )
    done = CliRunner().invoke(app, ["notify", "--test", file])
    router, gone = done.output.splitlines()
    assert router == "router (webhook): accepted"
    assert gone.startswith("gone (webhook): ")
    assert "hunter2" not in done.output
    assert (done.exit_code, len(sink.arrived)) == (1, 1)
    assert b'"type": "test"' in sink.arrived[0].body


def test_one_channel_can_be_chosen(tmp_path: Path, sink: WebSink) -> None:
    channels = (f'{{name: {name}, webhook: "{sink.address}/{name}"}}' for name in ("a", "b"))
    done = CliRunner().invoke(
        app, ["notify", "--test", "--channel", "b", configured(tmp_path, *channels)]
    )
    assert (done.exit_code, done.output) == (0, "b (webhook): accepted\n")
    assert [posted.path for posted in sink.arrived] == ["/b"]


def test_a_fault_of_ours_in_one_channel_hides_no_other(
    tmp_path: Path, sink: WebSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = Poster.post

    async def broken(self: Poster, url: str, body: bytes, headers: Mapping[str, str]) -> None:
        if "broken" in url:
            raise KeyError(url)
        await sent(self, url, body, headers)

    monkeypatch.setattr(Poster, "post", broken)
    channels = (f'{{name: {name}, webhook: "{sink.address}/{name}"}}' for name in ("broken", "b"))
    done = CliRunner().invoke(app, ["notify", "--test", configured(tmp_path, *channels)])
    assert done.exit_code == 1
    assert done.output.splitlines() == [
        "broken (webhook): our own fault: KeyError",
        "b (webhook): accepted",
    ]


@pytest.mark.parametrize(
    ("channels", "arguments", "words"),
    [
        ((), ("--test",), "no channel is configured; add one under notifications:"),
        (
            ('{name: a, webhook: "http://127.0.0.1:9/"}',),
            ("--test", "--channel", "b"),
            "no channel is called 'b'; there are: a",
        ),
        ((), (), "nothing to do; --test sends a test message to each channel"),
    ],
)
def test_a_wrong_wish_is_a_sentence_and_exit_status_two(
    tmp_path: Path, channels: tuple[str, ...], arguments: tuple[str, ...], words: str
) -> None:
    file = configured(tmp_path, *channels)
    done = CliRunner().invoke(app, ["notify", *arguments, file])
    assert (done.exit_code, done.output.strip()) == (2, words)


def test_apprise_is_loaded_for_those_who_use_it_alone(tmp_path: Path) -> None:
    code = """
import sys, pathlib, probe.running.daemon
from probe.config.loading import load
for file in sys.argv[1:]:
    load(pathlib.Path(file))
    print("apprise" in sys.modules)
"""
    channels = ('webhook: "http://127.0.0.1:9/"', 'apprise: "json://127.0.0.1:9/"')
    files = []
    for number, channel in enumerate(channels):
        (folder := tmp_path / str(number)).mkdir()
        files.append(configured(folder, f"{{name: a, {channel}}}"))
    ran = subprocess.run(
        [sys.executable, "-c", code, *files], capture_output=True, check=True, timeout=60
    )
    assert ran.stdout.split() == [b"False", b"True"]
