"""YAML in, frozen pydantic models out: the only reader of files and environment.

`loading` is the entrance. Nothing here touches the network or knows what a run is.
"""
