"""Pictures of the dashboards, on the replay of 2 March: `make dashboards-preview`.

The page in `src` draws, mostly with Grafana's own components; `drawing` lets Chromium take its
picture. What belongs here never reaches the daemon, nor the dashboards themselves.
"""
