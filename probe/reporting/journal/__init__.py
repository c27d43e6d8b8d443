"""What was seen and decided, kept over restarts in one SQLite file: sqlite3's only home.

`schema` says what the file looks like, `opening` how it is opened, `lock` who may write it, `rows`
how values become rows and `packing` small ones, `states` what is kept of states, `outbox` what
waits to be told, `retention` what is forgotten, `errors` what SQLite's errors mean. `store` is the
journal that the daemon writes; `queries` are those that all who read it share, `report_queries`
those of reports, `page_queries` those of pages. What is worth keeping, and for how long, is decided
by the callers.
"""
