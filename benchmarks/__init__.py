"""What the project promises of its cost and its accuracy, measured: one module per promise.

`bars` lists them all, `figure` is what each yields, `bench` runs nginx, blackbox_exporter,
Prometheus and the daemon side by side on loopback. Nothing in `probe` depends on this.
"""
