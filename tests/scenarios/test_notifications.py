"""The real daemon tells real receivers, through kills, dead channels and reloads."""

import contextlib
import json
import re
import signal
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
import yaml
from processes import CHECKOUT, Running, alertmanager, daemon, free_port, put, until
from prometheus_client.parser import text_string_to_metric_families
from sinks import MailSink, WebSink, web_sink
from standardwebhooks import Webhook

pytestmark = pytest.mark.scenario
SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
LOGIN_FAILS = [{"on": "login_submit", "kind": "status", "status": 500}]
API_FAILS = [{"on": "data", "kind": "reset"}]


def written(folder: Path, standin: str, *channels: dict[str, Any]) -> Path:
    """The demo's configuration on `standin`, every two seconds, with `channels`."""
    text = (CHECKOUT / "config/demo.yaml").read_text().replace("http://127.0.0.1:9640", standin)
    config = yaml.safe_load(text)
    config["defaults"] = {**config.get("defaults", {}), "interval": "2s", "timeout": "1s"}
    config["services"][0]["quiet_after"] = "5s"
    config |= {
        "journal": f"{folder}/journal.db",
        "listen": "LISTEN",
        "page_url": "https://probe.example.com",
        "notifications": list(channels),
    }
    file = folder / "probe.yaml"
    file.write_text(yaml.safe_dump(config))
    return file


def hook(address: str, name: str = "router") -> dict[str, Any]:
    return {"name": name, "webhook": {"url": f"{address}/{name}", "secret": SECRET}}


def told(sink: WebSink, name: str = "router") -> list[dict[str, Any]]:
    """The bodies that arrived for a channel, repeats dropped as a receiver drops them."""
    bodies = [json.loads(posted.body) for posted in sink.arrived if posted.path == f"/{name}"]
    return list({body["data"]["id"]: body for body in bodies}.values())


def verdicts(sink: WebSink, name: str = "router") -> list[str]:
    return [str(body["data"]["verdict"]) for body in told(sink, name)]


def fail(standin: str, faults: list[dict[str, Any]]) -> None:
    put(f"{standin}/_simulator/faults", faults)


def told_by_journal(folder: Path, question: str) -> list[Any]:
    """The first column of what the journal answers."""
    journal = sqlite3.connect(f"file:{folder}/journal.db?mode=ro", uri=True)
    with contextlib.closing(journal):
        return [value for (value,) in journal.execute(question)]


def waiting(folder: Path) -> list[str]:
    """The verdicts of the messages in the outbox."""
    documents = told_by_journal(folder, "SELECT document FROM outbox ORDER BY number")
    return [json.loads(document)["verdict"] for document in documents]


def in_line(running: Running, channel: str) -> float:
    """How many messages wait for a channel, as the metrics say."""
    families = text_string_to_metric_families(running.get("/metrics"))
    samples = [sample for family in families for sample in family.samples]
    (found,) = [
        sample.value
        for sample in samples
        if sample.name == "probe_notifications_waiting" and sample.labels["channel"] == channel
    ]
    return float(found)


def again(config: Path) -> Path:
    """The configuration with a free address once more."""
    config.write_text(re.sub(r"(?m)^listen: .*$", "listen: LISTEN", config.read_text()))
    return config


def test_a_split_its_recovery_and_its_end_reach_every_kind_of_channel(
    tmp_path: Path, standin: str, sink: WebSink, mailbox: MailSink
) -> None:
    mail = f"mailto://127.0.0.1:{mailbox.port}?from=probe@example.com&to=team@example.com"
    rules = tmp_path / "alertmanager.yaml"
    rules.write_text("route: {receiver: none, group_by: [service]}\nreceivers: [{name: none}]\n")
    with alertmanager(rules, tmp_path) as alerting:
        config = written(
            tmp_path,
            standin,
            hook(sink.address),
            {"name": "team", "apprise": mail},
            {"name": "pages", "alertmanager": alerting},
        )
        with daemon(config, log=tmp_path / "daemon.log") as running:
            running.await_verdict("standin", "healthy", 20)
            fail(standin, LOGIN_FAILS)
            running.await_verdict("standin", "control_plane_down", 30)
            (alert,) = until(lambda: firing(alerting), 10, "the alert fires")
            assert alert["labels"]["alertname"] == "SplitControlPlaneDown"
            assert alert["labels"]["severity"] == "critical"
            fail(standin, [])
            running.await_verdict("standin", "healthy", 30)
            until(lambda: firing(alerting) == [] or None, 10, "the alert is resolved")
            until(lambda: len(told(sink)) >= 3 or None, 30, "the end of the incident is told")
            until(lambda: len(mailbox.arrived) >= 3 or None, 10, "the mails arrive")
            until(lambda: in_line(running, "team") == 0 or None, 10, "nothing waits any more")
    split, recovery, end = told(sink)
    assert split["data"]["planes"] == {"control": "down", "data": "up"}
    assert split["data"]["failing"][0]["step"] == "submit"
    assert split["data"]["page"].startswith("https://probe.example.com/incidents/standin-")
    assert (recovery["data"]["verdict"], end["type"]) == ("healthy", "incident.ended")
    assert end["data"]["length_seconds"] > 0
    for posted in sink.arrived:
        assert Webhook(SECRET).verify(posted.body, posted.headers)
    subjects = [str(mail["Subject"]) for mail in mailbox.arrived]
    assert subjects[0] == "standin: Login down · API up"
    assert subjects[1].startswith("standin: healthy again after ")
    assert subjects[2].startswith("standin: incident over, it lasted ")


def firing(alerting: str) -> list[dict[str, Any]]:
    with urlopen(f"{alerting}/api/v2/alerts?active=true", timeout=5) as answer:
        return [dict(alert) for alert in json.loads(answer.read())]


def test_nothing_is_lost_over_kill_nine_between_store_and_send(
    tmp_path: Path, standin: str
) -> None:
    port = free_port()
    config = written(tmp_path, standin, hook(f"http://127.0.0.1:{port}"))
    with daemon(config, log=tmp_path / "first.log") as running:
        running.await_verdict("standin", "healthy", 20)
        fail(standin, LOGIN_FAILS)
        running.await_verdict("standin", "control_plane_down", 30)
        running.program.end(signal.SIGKILL)
    assert waiting(tmp_path) == ["control_plane_down"]
    with web_sink(port) as sink, daemon(again(config), log=tmp_path / "second.log") as running:
        until(lambda: told(sink) or None, 20, "what waited is told")
        fail(standin, API_FAILS)
        until(lambda: "data_plane_down" in verdicts(sink) or None, 40, "what came later is told")
        until(lambda: waiting(tmp_path) == [] or None, 10, "nothing waits any more")
    assert verdicts(sink)[0] == "control_plane_down"
    transitions = [body["data"]["transition"] for body in told(sink)]
    assert len(transitions) == len(set(transitions)), "each transition is told once"


def test_restarts_within_a_trouble_tell_nothing_that_was_told(
    tmp_path: Path, standin: str, sink: WebSink
) -> None:
    config = written(tmp_path, standin, hook(sink.address))
    with daemon(config, log=tmp_path / "first.log") as running:
        running.await_verdict("standin", "healthy", 20)
        fail(standin, LOGIN_FAILS)
        until(lambda: told(sink) or None, 40, "the trouble is told")
        running.program.end(signal.SIGKILL)
    for away_s in (0.0, 3.0, 4.5, 9.0):  # evidence is believed for six seconds
        await_age(tmp_path, away_s)
        with daemon(again(config), log=tmp_path / f"{away_s}.log") as running:
            until(lambda: evidence_s(tmp_path) < 2 or None, 20, "there are new runs")
            running.await_verdict("standin", "control_plane_down", 40)
            running.program.end(signal.SIGKILL)
    assert verdicts(sink) == ["control_plane_down"]
    with daemon(again(config), log=tmp_path / "last.log") as running:
        fail(standin, [])
        until(lambda: verdicts(sink)[-1] == "healthy" or None, 40, "the recovery is told")
    assert verdicts(sink).count("control_plane_down") == 1


def test_a_trouble_is_told_at_once_beside_a_held_journal_and_after_a_kill_then_if_it_stands(
    tmp_path: Path, standin: str, sink: WebSink
) -> None:
    config = written(tmp_path, standin, hook(sink.address))
    with daemon(config, log=tmp_path / "first.log") as running:
        running.await_verdict("standin", "healthy", 20)
        with held(tmp_path):
            fail(standin, LOGIN_FAILS)
            until(lambda: told(sink) or None, 40, "it is told though it cannot be stored")
            running.program.end(signal.SIGKILL)
    with daemon(again(config), log=tmp_path / "second.log"):
        split = "control_plane_down"
        until(lambda: verdicts(sink).count(split) == 2 or None, 40, "it stands: it is told again")


@contextlib.contextmanager
def held(folder: Path) -> Iterator[None]:
    """The journal, while another program writes to it."""
    connection = sqlite3.connect(folder / "journal.db", isolation_level=None, timeout=10)
    connection.execute("BEGIN IMMEDIATE")
    yield
    connection.close()


def await_age(folder: Path, seconds: float) -> None:
    until(lambda: evidence_s(folder) > seconds or None, 20, "evidence grows old")


def evidence_s(folder: Path) -> float:
    """How old the newest run of the journal is, in seconds."""
    (newest,) = told_by_journal(folder, "SELECT max(ended_at) FROM runs")
    return time.time() - float(newest)


def test_a_kill_while_it_is_being_sent_repeats_it_under_the_same_identifier(
    tmp_path: Path, standin: str, sink: WebSink
) -> None:
    sink.silent.clear()
    config = written(tmp_path, standin, hook(sink.address))
    with daemon(config, log=tmp_path / "first.log") as running:
        running.await_verdict("standin", "healthy", 20)
        fail(standin, LOGIN_FAILS)
        until(lambda: sink.arrived or None, 40, "the message is under way")
        running.program.end(signal.SIGKILL)
    sink.silent.set()
    with daemon(again(config), log=tmp_path / "second.log"):
        until(lambda: len(sink.arrived) == 2 or None, 20, "it is told again")
    first, second = sink.arrived
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert len(told(sink)) == 1


def test_a_dead_channel_holds_up_neither_another_nor_a_probe_and_is_mended_by_a_reload(
    tmp_path: Path, standin: str, sink: WebSink
) -> None:
    with web_sink() as hanging:
        hanging.silent.clear()
        channels = (hook(hanging.address, "dead"), hook(sink.address))
        config = written(tmp_path, standin, *channels)
        with daemon(config, log=tmp_path / "daemon.log") as running:
            running.await_verdict("standin", "healthy", 20)
            fail(standin, LOGIN_FAILS)
            until(lambda: told(sink) or None, 40, "the living channel is told")
            fail(standin, [])
            running.await_verdict("standin", "healthy", 30)
            until(lambda: len(told(sink)) == 3 or None, 30, "all is told to the living one")
            assert in_line(running, "dead") == 3
            mended = config.read_text().replace(hanging.address, sink.address)
            config.write_text(mended)
            running.program.process.send_signal(signal.SIGHUP)
            until(lambda: len(told(sink, "dead")) == 3 or None, 60, "what waited is told")
            assert running.program.end() == 0
    assert told(sink, "dead")[0]["data"]["transition"] == told(sink)[0]["data"]["transition"]


def test_a_channel_that_is_removed_leaves_nothing_that_waits(
    tmp_path: Path, standin: str, sink: WebSink
) -> None:
    dead = hook(f"http://127.0.0.1:{free_port()}", "dead")
    config = written(tmp_path, standin, dead, hook(sink.address))
    with daemon(config, log=tmp_path / "daemon.log") as running:
        running.await_verdict("standin", "healthy", 20)
        fail(standin, LOGIN_FAILS)
        until(lambda: waiting(tmp_path) or None, 40, "the dead channel's message waits")
        settings = yaml.safe_load(config.read_text())
        settings["notifications"] = [hook(sink.address)]
        config.write_text(yaml.safe_dump(settings))
        running.program.process.send_signal(signal.SIGHUP)
        until(lambda: waiting(tmp_path) == [] or None, 20, "it is dropped")
        assert "channel removed" in running.program.text()
