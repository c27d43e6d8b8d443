"""YAML in, frozen pydantic models out: who alone reads configuration and environment.

`loading` is the entrance. Nothing here touches the network or knows what a run is.
"""
