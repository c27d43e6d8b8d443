"""What was seen and decided, kept over restarts in one SQLite file; the only user of sqlite3.

`schema` defines the file's layout, `opening` how it is opened, `lock` who may write it, `rows` how
values become rows and `packing` small ones, `states` what is kept of states, `outbox` which
messages wait for delivery, `retention` what is deleted, `errors` what SQLite's errors mean. `store`
is the journal that the daemon writes; `queries` are shared by all readers, `report_queries` are
those of reports, `page_queries` those of pages. What is worth keeping, and for how long, is decided
by the callers.
"""
