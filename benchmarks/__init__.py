"""What the project promises of its cost and its truth, measured: one module per promise.

`bars` names them all, `figure` is what each gives, `bench` runs nginx, blackbox_exporter,
Prometheus and the daemon beside each other on loopback. Nothing in `probe` knows of this.
"""
