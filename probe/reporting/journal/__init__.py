"""What was seen and decided, kept over restarts in one SQLite file: sqlite3's only home.

`schema` says what the file looks like, `rows` how values become rows, `errors` what SQLite's
errors mean, `store` is the journal itself, `past` what pages ask of it. What is worth keeping, and
for how long, is decided by the callers.
"""
