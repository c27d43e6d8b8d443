"""The vendor's status page over time."""

import re

from visitor import Start

VENDOR = """
vendor:
  - at: "11:49"
    incident: Elevated errors
    status: investigating
    impact: major
    components: {web: partial_outage}
    body: We are looking.
  - at: "12:06"
    incident: Elevated errors
    status: investigating
    impact: major
    components: {web: major_outage, code: degraded_performance}
    body: Still looking.
  - at: "15:49"
    incident: Elevated errors
    status: monitoring
    impact: major
    body: A fix is in.
  - at: "17:55"
    incident: Elevated errors
    status: resolved
    impact: major
    components: {web: operational, code: operational}
    body: Over.
"""


async def test_before_the_first_post_all_systems_are_operational(start: Start) -> None:
    summary = await (await start(VENDOR)).json("/api/v2/summary.json")
    assert summary["status"] == {"indicator": "none", "description": "All Systems Operational"}
    components = {component["id"]: component["status"] for component in summary["components"]}
    assert components == dict.fromkeys(["web", "console", "api", "code"], "operational")
    assert summary["incidents"] == summary["scheduled_maintenances"] == []
    assert summary["page"]["updated_at"] == "2025-01-01T00:00:00Z"


async def test_an_open_incident_lists_its_updates_newest_first(start: Start) -> None:
    visitor = await start(VENDOR)
    visitor.hands.seconds += 70 * 60
    summary = await visitor.json("/api/v2/summary.json")
    (incident,) = summary["incidents"]
    assert (incident["status"], incident["impact"]) == ("investigating", "major")
    assert incident["started_at"] == "2026-03-02T11:49:00.000Z"
    assert [update["body"] for update in incident["incident_updates"]] == [
        "Still looking.",
        "We are looking.",
    ]
    assert incident["incident_updates"][0]["affected_components"] == [
        {
            "code": "web",
            "name": "Standin Web",
            "old_status": "partial_outage",
            "new_status": "major_outage",
        },
        {
            "code": "code",
            "name": "Standin Code",
            "old_status": "operational",
            "new_status": "degraded_performance",
        },
    ]


async def test_a_component_keeps_what_was_said_of_it_last(start: Start) -> None:
    visitor = await start(VENDOR)
    visitor.hands.seconds += 5 * 3600
    summary = await visitor.json("/api/v2/summary.json")
    assert summary["status"]["indicator"] == "critical"
    assert summary["components"][0]["status"] == "major_outage"
    assert summary["components"][0]["updated_at"] == "2026-03-02T12:06:00.000Z"
    (incident,) = summary["incidents"]
    assert incident["monitoring_at"] == "2026-03-02T15:49:00.000Z"
    assert incident["resolved_at"] is None
    assert incident["incident_updates"][0]["affected_components"] is None


async def test_a_resolved_incident_leaves_the_summary_and_stays_among_the_incidents(
    start: Start,
) -> None:
    visitor = await start(VENDOR)
    visitor.hands.seconds += 7 * 3600
    assert (await visitor.json("/api/v2/summary.json"))["incidents"] == []
    (incident,) = (await visitor.json("/api/v2/incidents.json"))["incidents"]
    assert (incident["status"], incident["resolved_at"]) == (
        "resolved",
        "2026-03-02T17:55:00.000Z",
    )


MAINTENANCE = """
maintenances:
  - title: Moving house
    announced: "11:30"
    from: "12:00"
    until: "13:00"
    components: [web]
    body: We carry boxes.
"""


async def test_a_client_that_names_what_it_has_is_sent_nothing(start: Start) -> None:
    visitor = await start(VENDOR)
    async with visitor.http.get("/api/v2/summary.json") as answer:
        etag = answer.headers["ETag"]
    known = {"If-None-Match": etag}
    assert await visitor.get("/api/v2/summary.json", headers=known) == (304, "")
    visitor.hands.seconds += 70 * 60
    assert (await visitor.get("/api/v2/summary.json", headers=known))[0] == 200


async def test_a_maintenance_is_announced_lasts_and_is_no_longer_listed(start: Start) -> None:
    visitor = await start(MAINTENANCE)
    seen = []
    for minutes in (0, 40, 30, 60):
        visitor.hands.seconds += minutes * 60
        summary = await visitor.json("/api/v2/summary.json")
        stages = [work["status"] for work in summary["scheduled_maintenances"]]
        seen.append((stages, summary["components"][0]["status"]))
    assert seen == [
        ([], "operational"),
        (["scheduled"], "operational"),
        (["in_progress"], "under_maintenance"),
        ([], "operational"),
    ]


async def test_components_are_listed_alone_too(start: Start) -> None:
    listed = await (await start(VENDOR)).json("/api/v2/components.json")
    assert [one["id"] for one in listed["components"]] == ["web", "console", "api", "code"]


async def test_incident_io_has_ulids_a_component_elsewhere_and_names_nobody(start: Start) -> None:
    visitor = await start("status_page: incident_io" + VENDOR)
    visitor.hands.seconds += 70 * 60
    summary = await visitor.json("/api/v2/summary.json")
    listed = await visitor.json("/api/v2/components.json")
    ids = [one["id"] for one in listed["components"]]
    (incident,) = summary["incidents"]
    assert all(re.fullmatch("[0-7][0-9A-HJKMNP-TV-Z]{25}", key) for key in [*ids, incident["id"]])
    assert [one["id"] for one in summary["components"]] == ids[:3]
    assert "components" not in incident
    assert {update["affected_components"] for update in incident["incident_updates"]} == {None}


async def test_a_bot_wall_may_stand_before_the_status_page(start: Start) -> None:
    visitor = await start(VENDOR)
    await visitor.inject({"kind": "challenge", "on": "status"})
    async with visitor.http.get("/api/v2/summary.json") as answer:
        assert answer.headers["cf-mitigated"] == "challenge"
