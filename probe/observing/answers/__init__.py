"""What came back: read strictly, taken apart, held against what was expected, kept as evidence.

Belongs here: foreign formats (JSON, HTML, event streams, dates, rate limits) and what they say of
the one who answered. Never: a request, a connection, or what one answer means for a whole run.
"""
