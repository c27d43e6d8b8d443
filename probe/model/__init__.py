"""What flows between the stages: frozen values and closed enums, standard library only.

Times are seconds since the epoch (UTC) and durations are seconds, both as floats. No behaviour
beyond what a value says of itself and what several stages must express alike: windows of
maintenance, recurrence, lengths, dates. Nothing here reads a file or the network, and only `clock`
reads a clock.
"""
