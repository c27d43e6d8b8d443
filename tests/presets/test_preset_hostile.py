"""Whatever stands where presets are asked for, a configuration loads or says what is wrong."""

import json
from pathlib import Path

from hypothesis import given
from hypothesis import settings as trying
from hypothesis import strategies as st

from probe.config.errors import ConfigError, Problem
from probe.config.loading import read
from probe.config.presets import preset_names

FILE = Path("probe.yaml")
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
NAMES = st.sampled_from([*preset_names(), "nothing"])
USES = st.fixed_dictionaries(
    {"name": NAMES | ANYTHING},
    optional={
        "grade": st.sampled_from(["public", "account"]) | ANYTHING,
        "parameters": st.dictionaries(st.sampled_from(["key", "api_url", "issuer", "x"]), ANYTHING)
        | ANYTHING,
        "without": st.lists(st.sampled_from(["web", "api", "x"]) | ANYTHING) | ANYTHING,
    },
)
PATHS = st.lists(
    st.fixed_dictionaries({"name": st.sampled_from(["web", "api", "x"]) | ANYTHING}) | ANYTHING,
    max_size=4,
)
SERVICES = st.fixed_dictionaries(
    {"preset": NAMES | USES | st.lists(NAMES | USES | ANYTHING, max_size=3) | ANYTHING},
    optional={"name": st.just("it") | ANYTHING, "paths": PATHS | ANYTHING, "components": ANYTHING},
)


def problems(service: object) -> list[Problem]:
    """What is wrong with a configuration of this one service."""
    try:
        read(json.dumps({"services": [service]}), FILE)
    except ConfigError as error:
        return error.problems
    return []


@trying(max_examples=300, deadline=None)
@given(service=SERVICES)
def test_no_service_with_a_preset_breaks_the_loader(service: object) -> None:
    for problem in problems(service):
        assert problem.file == FILE or problem.file.is_file()
        assert problem.message
