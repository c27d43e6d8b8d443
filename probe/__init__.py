"""splitprobe: on a schedule, observe each path of a service, judge what was seen, report changes.

The packages are the stages: `observing`, `judging` and `reporting` are blind to each other and
exchange only the values of `model`; `running` makes them go. `config` is what they are told,
`simulator` a stand-in provider, `rehearsing` plays it and what was recorded, `recounting` tells the
past, and `cli` has the commands.
"""
