"""Messages are kept with what caused them, until they are delivered."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_incidents import a_transition
from made_statuses import a_status
from notices import ENDED, HEALTHY, SPLIT, message

from probe.model.event import Attempted, Changed, ChannelRemoved, Notified, Undelivered
from probe.model.notification import Ailing, Message, Result
from probe.model.state import Verdict
from probe.reporting.journal.errors import JournalError
from probe.reporting.journal.outbox import MESSAGE
from probe.reporting.journal.rows import document_of
from probe.reporting.journal.store import Journal

STATUS = a_status(service="claude", verdict=Verdict.OUTAGE)
TRANSITION = a_transition(service="claude", at=SPLIT.at, new=SPLIT.verdict, reason="login is down")


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal.open(tmp_path / "journal.db")


def test_what_waits_is_given_back_in_order_after_a_restart(
    journal: Journal, tmp_path: Path
) -> None:
    journal.record([Notified(message=SPLIT), Notified(message=HEALTHY)])
    journal.record([Notified(message=message(channel="other"))])
    journal.close()
    again = Journal.open(tmp_path / "journal.db")
    assert again.undelivered() == [SPLIT, HEALTHY, message(channel="other")]
    again.close()


@pytest.mark.parametrize(
    ("result", "left"),
    [
        (Result.SENT, []),
        (Result.GIVEN_UP, []),
        (Result.OVERTAKEN, []),
        (Result.FAILED, [SPLIT]),
    ],
)
def test_a_message_waits_until_it_is_settled(
    journal: Journal, result: Result, left: list[Message]
) -> None:
    journal.record([Notified(message=SPLIT)])
    journal.record([Attempted(message=SPLIT, result=result)])
    assert journal.undelivered() == left
    journal.close()


def test_what_was_given_up_and_is_told_again_in_the_same_breath_waits(journal: Journal) -> None:
    journal.record([Notified(message=SPLIT)])
    given_up = Attempted(message=SPLIT, result=Result.GIVEN_UP)
    journal.record([given_up, Undelivered(message=SPLIT, known=None), Notified(message=SPLIT)])
    assert journal.undelivered() == [SPLIT]
    journal.record([Notified(message=HEALTHY), Attempted(message=HEALTHY, result=Result.SENT)])
    assert journal.undelivered() == [SPLIT]
    journal.close()


def test_the_newest_message_to_a_channel_about_a_service_is_remembered(journal: Journal) -> None:
    journal.record([Notified(message=SPLIT), Notified(message=HEALTHY)])
    journal.record([Notified(message=ENDED), Notified(message=message(service="other"))])
    journal.record([Attempted(message=each, result=Result.SENT) for each in (SPLIT, HEALTHY)])
    assert journal.last_told() == [ENDED, message(service="other")]
    journal.close()


def test_what_a_channel_knew_before_is_remembered_of_one_that_a_message_did_not_reach(
    journal: Journal,
) -> None:
    worse = message(verdict=Verdict.OUTAGE, old=SPLIT.verdict)
    journal.record([Notified(message=SPLIT), Notified(message=worse)])
    journal.record([Undelivered(message=worse, known=SPLIT)])
    assert journal.last_told() == [SPLIT]
    journal.record([Undelivered(message=SPLIT, known=None)])
    assert journal.last_told() == []
    journal.close()


def test_the_newest_word_counts_where_a_batch_has_several(journal: Journal) -> None:
    journal.record([Notified(message=SPLIT)])
    journal.record([Undelivered(message=SPLIT, known=None), Notified(message=HEALTHY)])
    assert journal.last_told() == [HEALTHY]
    journal.record([Notified(message=SPLIT), Undelivered(message=SPLIT, known=None)])
    assert journal.last_told() == []
    journal.close()


def test_a_removed_channel_leaves_nothing_behind(journal: Journal) -> None:
    kept = message(channel="other")
    journal.record(
        [Notified(message=SPLIT), Notified(message=kept), ChannelRemoved(channel="team")]
    )
    assert (journal.undelivered(), journal.last_told()) == ([kept], [kept])
    journal.close()


def test_the_same_message_waits_once(journal: Journal) -> None:
    journal.record([Notified(message=SPLIT)])
    journal.record([Notified(message=SPLIT)])
    assert journal.undelivered() == [SPLIT]
    journal.close()


def test_what_waits_since_an_early_version_keeps_its_identifier(journal: Journal) -> None:
    assert SPLIT.turned_at is None
    assert SPLIT.id == "msg_356874d20bae0df0f9f0ec7f25730d8f"
    turned = message(turned_at=SPLIT.since + 60)
    journal.record([Notified(message=SPLIT), Notified(message=turned)])
    journal.record([Attempted(message=SPLIT, result=Result.SENT)])
    assert journal.undelivered() == [turned]
    journal.close()


def test_a_transition_and_its_message_are_written_together_or_not_at_all(
    journal: Journal,
) -> None:
    journal._connection.execute("DROP TABLE told")
    change = Changed(transition=TRANSITION, status=STATUS)
    with pytest.raises(JournalError):
        journal.record([change, Notified(message=SPLIT)])
    assert journal.last_transition("claude") is None
    assert journal.undelivered() == []
    journal.close()


@given(
    step=st.text(),
    maintenance=st.text(),
    length_s=st.none() | st.floats(min_value=0, max_value=1e10),
    verdict=st.sampled_from(Verdict),
)
def test_any_message_reads_as_it_was_written(
    step: str, maintenance: str, length_s: float | None, verdict: Verdict
) -> None:
    ailing = (
        Ailing(path="p", plane=SPLIT.ailing[0].plane, state=SPLIT.ailing[0].state, step=step),
    )
    told = message(ailing=ailing, maintenance=maintenance, length_s=length_s, verdict=verdict)
    assert MESSAGE.validate_json(document_of(MESSAGE, told)) == told
