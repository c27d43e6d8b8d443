"""The Grafana dashboards, written in typed Python; `python -m dashboards.source` builds the JSON.

`words` knows what a state is called and which colour goes with it, `queries` how it is read from
the raw metrics, `panels` how an answer is drawn on a `card`, `frame` what all dashboards share,
`states` and `runs` the panels that some of them share; then there is one module per dashboard.
Nothing here is needed to run the daemon.
"""
