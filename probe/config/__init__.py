"""YAML in, frozen pydantic models out: the only reader of configuration and environment.

`loading` is the entry point. Nothing here touches the network or knows what a run is.
"""
