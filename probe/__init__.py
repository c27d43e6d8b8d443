"""splitprobe: on a schedule, observe each path of a service, judge what was seen, report changes.

The packages are the stages: `observing`, `judging` and `reporting` are blind to each other and
exchange only the values of `model`; `running` makes them go; `simulator` is a stand-in provider.
"""
