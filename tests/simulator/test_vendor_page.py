"""The vendor's status page over time."""

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
